//! The Parameter Store. Secure strings are kept as they came and only shown
//! decrypted to those who ask for it.

use std::collections::BTreeMap;

use aws_sdk_ssm::{
    operation::{
        delete_parameter::{DeleteParameterInput, DeleteParameterOutput},
        delete_parameters::{DeleteParametersInput, DeleteParametersOutput},
        describe_parameters::{DescribeParametersInput, DescribeParametersOutput},
        get_parameter::{GetParameterInput, GetParameterOutput},
        get_parameters::{GetParametersInput, GetParametersOutput},
        get_parameters_by_path::{GetParametersByPathInput, GetParametersByPathOutput},
        put_parameter::{PutParameterInput, PutParameterOutput},
    },
    types::{self, ParameterMetadata, ParameterStringFilter, ParameterTier, ParameterType},
};
use jiff::Timestamp;

use super::{Pages, invalid};
use crate::sandbox::{Fault, clock::to_aws, world::Call};

pub struct Parameter {
    pub description: Option<String>,
    /// Oldest first; never empty.
    pub versions: Vec<Value>,
}

#[derive(Clone)]
pub struct Value {
    pub text: String,
    pub kind: ParameterType,
    pub modified: Timestamp,
}

type Store = BTreeMap<String, Parameter>;

pub fn get_parameter(call: &mut Call<'_>, input: &GetParameterInput) -> Result<GetParameterOutput, Fault> {
    let asked = input.name().unwrap_or_default();
    let found = find(call, asked).ok_or_else(not_found)?;
    let shown = show(call, found, input.with_decryption)?;
    Ok(GetParameterOutput::builder().parameter(shown).build())
}

pub fn get_parameters(call: &mut Call<'_>, input: &GetParametersInput) -> Result<GetParametersOutput, Fault> {
    if input.names().len() > 10 {
        let names = format!("[{}]", input.names().join(", "));
        let constraint = "Member must have length less than or equal to 10";
        return Err(invalid(names, "names", constraint));
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for name in input.names() {
        match find(call, name) {
            Some(found) => known.push(show(call, found, input.with_decryption)?),
            None => unknown.push(name.clone()),
        }
    }
    Ok(GetParametersOutput::builder().set_parameters(Some(known)).set_invalid_parameters(Some(unknown)).build())
}

pub fn get_parameters_by_path(
    call: &mut Call<'_>,
    input: &GetParametersByPathInput,
) -> Result<GetParametersByPathOutput, Fault> {
    let path = input.path().unwrap_or_default();
    if !path.starts_with('/') {
        let message = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\".";
        return Err(Fault::new("ValidationException", message));
    }
    let folder = format!("{}/", path.trim_end_matches('/'));
    let inside = |name: &str| {
        name.strip_prefix(&folder).is_some_and(|rest| input.recursive == Some(true) || !rest.contains('/'))
    };
    let mut found = Vec::new();
    for name in call.region.ssm.parameters.keys().filter(|name| inside(name)) {
        let parameter = find(call, name).ok_or_else(not_found)?;
        if fits(input.parameter_filters(), name, parameter.value)? {
            found.push(show(call, parameter, input.with_decryption)?);
        }
    }
    let pages = Pages { sizes: 1..=10, default: 10, asked: input.max_results, token: input.next_token() };
    let page = pages
        .cut(found, ("by path", path, input.recursive), |parameter| parameter.name().unwrap_or_default().to_owned())?;
    Ok(GetParametersByPathOutput::builder().set_parameters(Some(page.items)).set_next_token(page.next_token).build())
}

pub fn describe_parameters(
    call: &mut Call<'_>,
    input: &DescribeParametersInput,
) -> Result<DescribeParametersOutput, Fault> {
    let mut filters = input.parameter_filters().to_vec();
    for old in input.filters() {
        let filter = ParameterStringFilter::builder().key(old.key().as_str()).set_values(Some(old.values().to_vec()));
        filters.push(filter.build().map_err(|error| Fault::new("ValidationException", error.to_string()))?);
    }
    let mut found = Vec::new();
    for name in call.region.ssm.parameters.keys() {
        let parameter = find(call, name).ok_or_else(not_found)?;
        if fits(&filters, name, parameter.value)? {
            found.push(describe(call, parameter));
        }
    }
    let pages = Pages { sizes: 1..=50, default: 10, asked: input.max_results, token: input.next_token() };
    let page =
        pages.cut(found, ("parameters", &filters), |parameter| parameter.name().unwrap_or_default().to_owned())?;
    Ok(DescribeParametersOutput::builder().set_parameters(Some(page.items)).set_next_token(page.next_token).build())
}

pub fn put_parameter(call: &mut Call<'_>, input: &PutParameterInput) -> Result<PutParameterOutput, Fault> {
    let name = input.name().unwrap_or_default();
    check_name(name)?;
    let store = &mut call.region.ssm.parameters;
    let overwrite = input.overwrite == Some(true);
    if store.contains_key(name) && !overwrite {
        let message =
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
        return Err(Fault::new("ParameterAlreadyExists", message));
    }
    let old = store.get(name).and_then(|parameter| parameter.versions.last());
    let Some(kind) = input.r#type.clone().or_else(|| old.map(|value| value.kind.clone())) else {
        let message = "A parameter type is required when you create a parameter.";
        return Err(Fault::new("ValidationException", message));
    };
    let text = input.value().unwrap_or_default();
    if text.is_empty() {
        let constraint = "Member must have length greater than or equal to 1";
        return Err(invalid(text, "value", constraint));
    }
    let parameter =
        store.entry(name.to_owned()).or_insert_with(|| Parameter { description: None, versions: Vec::new() });
    parameter.versions.push(Value { text: text.to_owned(), kind, modified: call.now });
    if input.description.is_some() {
        parameter.description = input.description.clone();
    }
    Ok(PutParameterOutput::builder().version(parameter.versions.len() as i64).tier(ParameterTier::Standard).build())
}

pub fn delete_parameter(call: &mut Call<'_>, input: &DeleteParameterInput) -> Result<DeleteParameterOutput, Fault> {
    let name = input.name().unwrap_or_default();
    call.region.ssm.parameters.remove(name).ok_or_else(not_found)?;
    Ok(DeleteParameterOutput::builder().build())
}

pub fn delete_parameters(call: &mut Call<'_>, input: &DeleteParametersInput) -> Result<DeleteParametersOutput, Fault> {
    let store = &mut call.region.ssm.parameters;
    let (known, unknown): (Vec<String>, Vec<String>) =
        input.names().iter().cloned().partition(|name| store.contains_key(name));
    store.retain(|name, _| !known.contains(name));
    Ok(DeleteParametersOutput::builder()
        .set_deleted_parameters(Some(known))
        .set_invalid_parameters(Some(unknown))
        .build())
}

/// Replaces `{{ssm:name}}` in a command's text, as Systems Manager does on its side.
pub fn expand(store: &Store, line: &str) -> Result<String, Fault> {
    let mut expanded = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, behind)) = after.split_once("}}") else {
            break;
        };
        expanded.push_str(before);
        match inside.trim().strip_prefix("ssm:") {
            None => expanded.push_str(&format!("{{{{{inside}}}}}")),
            Some(name) => expanded.push_str(&plain_text(store, name)?),
        }
        rest = behind;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn plain_text(store: &Store, name: &str) -> Result<String, Fault> {
    let value = store.get(name).and_then(|parameter| parameter.versions.last());
    match value {
        Some(value) if value.kind != ParameterType::SecureString => Ok(value.text.clone()),
        _ => {
            let message = format!("Parameters [{name}] are not found or are secure strings.");
            Err(Fault::new("InvalidParameters", message))
        }
    }
}

/// One version of a parameter.
#[derive(Clone, Copy)]
struct Found<'a> {
    name: &'a str,
    description: Option<&'a str>,
    value: &'a Value,
    version: usize,
}

/// Finds `name`, `name:version` and the parameter's ARN.
fn find<'a>(call: &'a Call<'_>, asked: &str) -> Option<Found<'a>> {
    let asked = match asked.split_once(":parameter") {
        Some((arn, name)) if arn.starts_with("arn:") => name,
        _ => asked,
    };
    let (name, version) = match asked.split_once(':') {
        Some((name, version)) => (name, Some(version.parse().ok()?)),
        None => (asked, None),
    };
    let store = &call.region.ssm.parameters;
    let (name, parameter) = store.get_key_value(name)?;
    let version: usize = version.unwrap_or(parameter.versions.len());
    Some(Found {
        name,
        description: parameter.description.as_deref(),
        value: parameter.versions.get(version.checked_sub(1)?)?,
        version,
    })
}

fn show(call: &Call<'_>, found: Found<'_>, decrypt: Option<bool>) -> Result<types::Parameter, Fault> {
    let secret = found.value.kind == ParameterType::SecureString && decrypt != Some(true);
    let text = match secret {
        true => ciphertext(&found.value.text),
        false => found.value.text.clone(),
    };
    Ok(types::Parameter::builder()
        .name(found.name)
        .r#type(found.value.kind.clone())
        .value(text)
        .version(found.version as i64)
        .last_modified_date(to_aws(found.value.modified))
        .arn(arn(call, found.name))
        .data_type("text")
        .build())
}

// Not the text, and the same each time: what KMS's envelopes begin with, then noise.
fn ciphertext(text: &str) -> String {
    let seed = text.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
    format!("AQICAH{}", crate::sandbox::world::Ids::from_seed(seed).secret(120))
}

fn describe(call: &Call<'_>, found: Found<'_>) -> ParameterMetadata {
    let secure = found.value.kind == ParameterType::SecureString;
    ParameterMetadata::builder()
        .name(found.name)
        .arn(arn(call, found.name))
        .r#type(found.value.kind.clone())
        .set_key_id(secure.then(|| "alias/aws/ssm".to_owned()))
        .last_modified_date(to_aws(found.value.modified))
        .last_modified_user(format!("arn:aws:iam::{}:user/demo", call.account_id))
        .set_description(found.description.map(str::to_owned))
        .version(found.version as i64)
        .tier(ParameterTier::Standard)
        .set_policies(Some(Vec::new()))
        .data_type("text")
        .build()
}

fn arn(call: &Call<'_>, name: &str) -> String {
    let slash = if name.starts_with('/') { "" } else { "/" };
    let (region, account) = (call.region_name, call.account_id);
    format!("arn:aws:ssm:{region}:{account}:parameter{slash}{name}")
}

fn fits(filters: &[ParameterStringFilter], name: &str, value: &Value) -> Result<bool, Fault> {
    for filter in filters {
        let option = filter.option().unwrap_or("Equals");
        let compare = |text: &str, wanted: &String| match option {
            "BeginsWith" => text.starts_with(wanted.as_str()),
            "Contains" => text.contains(wanted.as_str()),
            _ => text == wanted,
        };
        let any = |text: &str| filter.values().iter().any(|wanted| compare(text, wanted));
        let fits = match filter.key() {
            "Name" => any(name),
            "Type" => any(value.kind.as_str()),
            "Tier" => any("Standard"),
            "DataType" => any("text"),
            "Path" => filter.values().iter().any(|path| {
                let folder = format!("{}/", path.trim_end_matches('/'));
                let rest = name.strip_prefix(&folder);
                rest.is_some_and(|rest| option == "Recursive" || !rest.contains('/'))
            }),
            other => {
                let message = format!("The following filter key is not valid: {other}.");
                return Err(Fault::new("InvalidFilterKey", message));
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn check_name(name: &str) -> Result<(), Fault> {
    let refuse = |message: &str| Err(Fault::new("ValidationException", message));
    let legal = |sign: char| sign.is_ascii_alphanumeric() || "/_.-".contains(sign);
    if name.is_empty() || !name.chars().all(legal) {
        return refuse(
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
        );
    }
    if name.contains('/') && !name.starts_with('/') {
        return refuse("Parameter name must be a fully qualified name.");
    }
    let first = name.trim_start_matches('/').to_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        let message = "No access to reserved parameter name.";
        return Err(Fault::new("AccessDeniedException", message));
    }
    Ok(())
}

fn not_found() -> Fault {
    Fault::new("ParameterNotFound", "")
}
