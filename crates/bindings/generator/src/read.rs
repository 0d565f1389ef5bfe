//! Reads the sources of an SDK crate. The functions here expect the output of smithy-rs and stop with an error
//! if they find anything else, because a shape that is silently skipped would be a missing operation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use moonfleet_models::Risk;
use quote::ToTokens;
use syn::{GenericArgument, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, PathArguments};

use crate::model::{Definition, Field, Operation, Service, TextForm, Tokens, Type, Variant, Waiter};
use crate::{Sdk, fixups};

pub(crate) fn service(sdk: &Sdk) -> Result<Service> {
    let types = types(&sdk.source.join("types"))?;
    let lenses = lenses(&sdk.source.join("lens.rs"))?;
    let mut operations = Vec::new();
    let mut left_out = Vec::new();
    let folders = operation_folders(&sdk.source.join("operation"))?;
    for folder in &folders {
        let name = file_stem(folder);
        match operation(folder, &name, &lenses)? {
            Ok(operation) => operations.push(operation),
            Err(reason) => left_out.push((name, reason)),
        }
    }
    let crate_tail = sdk.crate_name.trim_start_matches("aws_sdk_");
    let service = Service {
        name: fixups::service_name(crate_tail).to_owned(),
        crate_name: sdk.crate_name.clone(),
        waiters: waiters(&sdk.source.join("waiters"))?,
        defined: folders.len(),
        operations,
        types,
        left_out,
    };
    assert_closed(&service)?;
    Ok(service)
}

/// Checks that every type in a declaration is declared.
fn assert_closed(service: &Service) -> Result<()> {
    let known: BTreeSet<&str> = service.types.keys().map(String::as_str).collect();
    let fields = service.operations.iter().flat_map(|o| o.input.iter().chain(&o.output)).chain(
        service.types.values().flat_map(|d| match d {
            Definition::Structure(fields) => fields.iter().collect(),
            Definition::Union(variants) => variants.iter().map(|v| &v.field).collect(),
            Definition::Enumeration => Vec::new(),
        }),
    );
    for field in fields {
        if let Some(name) = field.ty.named().filter(|name| !known.contains(name)) {
            bail!("{}: field {} has the unknown type {name}", service.name, field.name);
        }
    }
    Ok(())
}

fn operation_folders(operations: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(operations).with_context(|| operations.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

type Reason = String;

fn operation(folder: &Path, name: &str, lenses: &Lenses) -> Result<Result<Operation, Reason>> {
    let api_name = api_name(folder)?;
    let mut sides = Vec::new();
    for side in ["input", "output"] {
        let path = folder.join(format!("_{name}_{side}.rs"));
        let file = parse(&path)?;
        match structure(&file, &path)? {
            Ok(fields) => sides.push(fields),
            Err(reason) => return Ok(Err(reason)),
        }
    }
    let output = sides.pop().context("two sides")?;
    let mut input = sides.pop().context("two sides")?;
    let required = required_parameters(folder, name)?;
    for field in &mut input {
        field.required |= required.contains(&field.name);
    }
    if let Some(token) = idempotency_token(folder)? {
        let field = input.iter_mut().find(|field| field.name == token);
        field.with_context(|| format!("{name}: the SDK fills {token}, which is no field"))?.idempotency_token = true;
    }
    let (pages, named_items) = paginator(&folder.join("paginator.rs"), lenses)?;
    let pages = pages.or_else(|| pages_without_paginator(&input, &output));
    let items = named_items.or_else(|| main_list(&output)).unwrap_or_default();
    Ok(Ok(Operation {
        // The corrections set it.
        risk: Risk::Destroy,
        issues_credentials: false,
        name: name.to_owned(),
        api_name,
        input,
        output,
        pages,
        items,
        inherits: Vec::new(),
    }))
}

/// Returns the API name of an operation: `src/operation/describe_tags.rs` contains `pub struct DescribeTags;`.
fn api_name(folder: &Path) -> Result<String> {
    let path = folder.with_extension("rs");
    parse(&path)?
        .items
        .iter()
        .find_map(|item| match item {
            Item::Struct(s) if s.fields.is_empty() => Some(s.ident.to_string()),
            _ => None,
        })
        .with_context(|| format!("{}: no operation structure", path.display()))
}

/// Returns the field that the SDK fills with a new token. The model marks these fields as `idempotencyToken`.
fn idempotency_token(folder: &Path) -> Result<Option<String>> {
    const FILLED: &str = "=::std::option::Option::Some(token_provider.make_idempotency_token())";
    let path = folder.with_extension("rs");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let text = text.replace(char::is_whitespace, "");
    let Some((before, after)) = text.split_once(FILLED) else {
        ensure!(!text.contains("make_idempotency_token"), "{}: unknown use of a token", path.display());
        return Ok(None);
    };
    ensure!(!after.contains(FILLED), "{}: two tokens", path.display());
    let (_, field) = before.rsplit_once("input.").with_context(|| format!("{}: no field", path.display()))?;
    Ok(Some(field.to_owned()))
}

/// Returns the tokens of an operation that has pages but no paginator in the SDK.
fn pages_without_paginator(input: &[Field], output: &[Field]) -> Option<Tokens> {
    const TOKEN: &str = "next_token";
    let has = |fields: &[Field]| fields.iter().any(|f| f.name == TOKEN && f.ty == Type::String);
    (has(input) && has(output)).then(|| Tokens { input: TOKEN.to_owned(), output: vec![TOKEN.to_owned()], size: None })
}

/// Returns the path to the main list of an output; none if there are several lists or none.
fn main_list(output: &[Field]) -> Option<Vec<String>> {
    let mut lists = output.iter().filter(|f| matches!(f.ty, Type::List(_)));
    let list = lists.next()?;
    lists.next().is_none().then(|| vec![list.name.clone()])
}

// Structures, unions, enumerations.

fn types(folder: &Path) -> Result<BTreeMap<String, Definition>> {
    let mut types = BTreeMap::new();
    for path in rust_files(folder)? {
        if !file_stem(&path).starts_with('_') {
            continue;
        }
        let file = parse(&path)?;
        for item in &file.items {
            match item {
                Item::Struct(s) if !s.ident.to_string().ends_with("Builder") => {
                    let fields = structure(&file, &path)?.map_err(|reason| anyhow!("{}: {reason}", path.display()))?;
                    types.insert(s.ident.to_string(), Definition::Structure(fields));
                }
                Item::Enum(e) => {
                    let definition = union_or_enumeration(e).with_context(|| path.display().to_string())?;
                    types.insert(e.ident.to_string(), definition);
                }
                _ => {}
            }
        }
    }
    Ok(types)
}

fn union_or_enumeration(e: &ItemEnum) -> Result<Definition> {
    let mut variants = Vec::new();
    for variant in e.variants.iter().filter(|v| v.ident != "Unknown" && !v.fields.is_empty()) {
        let payload = variant.fields.iter().next().context("a variant of a union has a payload")?;
        let ty = field_type(&payload.ty)?.0;
        let field = Field {
            name: snake(&variant.ident.to_string()),
            ty,
            required: false,
            secret: false,
            idempotency_token: false,
            text_form: TextForm::Plain,
        };
        variants.push(Variant { name: variant.ident.to_string(), field });
    }
    Ok(if variants.is_empty() { Definition::Enumeration } else { Definition::Union(variants) })
}

/// Returns the fields of the structure in a file. Its builder shows the required ones, its `Debug` the secret
/// ones.
fn structure(file: &syn::File, path: &Path) -> Result<Result<Vec<Field>, Reason>> {
    let structs: Vec<&ItemStruct> = file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(s) if !s.ident.to_string().ends_with("Builder") => Some(s),
            _ => None,
        })
        .collect();
    let [structure] = structs[..] else { bail!("{}: {} structures", path.display(), structs.len()) };
    let required = required_fields(file);
    let secret = secret_fields(file, &structure.ident.to_string());
    let mut fields = Vec::new();
    for field in &structure.fields {
        let name = field.ident.as_ref().context("fields have names")?.to_string();
        if name.starts_with('_') {
            continue;
        }
        let name = name.trim_start_matches("r#").to_owned();
        let Ok((ty, plain)) = field_type(&field.ty) else {
            return Ok(Err(format!("{name} has the type {}", field.ty.to_token_stream())));
        };
        // Other fields without `Option` have a default: they are not required.
        let is_plain_list = plain && matches!(ty, Type::List(_) | Type::Map(_));
        let (required, secret) = (is_plain_list || required.contains(&name), secret.contains(&name));
        fields.push(Field { name, ty, required, secret, idempotency_token: false, text_form: TextForm::Plain });
    }
    Ok(Ok(fields))
}

/// Reads required parameters from the documentation of the client, which includes lists, on lines such as
/// "[`set_instance_ids(…)`](…):<br>required: **true**<br>".
fn required_parameters(folder: &Path, name: &str) -> Result<BTreeSet<String>> {
    let client = folder.parent().and_then(Path::parent).context("operations are in src/operation")?.join("client");
    let path = client.join(format!("{name}.rs"));
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let required = text.lines().filter(|line| line.contains("required: **true**"));
    let names = required.filter_map(|line| line.split_once("[`set_")?.1.split('(').next());
    Ok(names.map(str::to_owned).collect())
}

/// Reads required fields: smithy-rs writes "This field is required." above the method of a builder.
fn required_fields(file: &syn::File) -> BTreeSet<String> {
    let mut required = BTreeSet::new();
    for (block, _) in impls(file) {
        for item in &block.items {
            if let ImplItem::Fn(function) = item
                && function.attrs.iter().any(|a| a.to_token_stream().to_string().contains("This field is required."))
            {
                let name = function.sig.ident.to_string();
                required.insert(name.trim_start_matches("set_").trim_start_matches("r#").to_owned());
            }
        }
    }
    required
}

/// Reads secret fields: smithy-rs redacts the sensitive fields of the model in a hand-written `Debug`.
fn secret_fields(file: &syn::File, structure: &str) -> BTreeSet<String> {
    let mut secret = BTreeSet::new();
    for (block, implementing) in impls(file) {
        // The spacing of printed tokens is not guaranteed.
        let text = block.to_token_stream().to_string().replace(char::is_whitespace, "");
        if implementing != structure || !text.starts_with("impl::std::fmt::Debugfor") {
            continue;
        }
        for call in text.split(".field(").skip(1) {
            let mut parts = call.splitn(3, '"');
            if let (Some(_), Some(name), Some(rest)) = (parts.next(), parts.next(), parts.next())
                && rest.starts_with(",&\"***SensitiveDataRedacted***\"")
            {
                secret.insert(name.to_owned());
            }
        }
    }
    secret
}

fn impls(file: &syn::File) -> impl Iterator<Item = (&ItemImpl, String)> {
    file.items.iter().filter_map(|item| match item {
        Item::Impl(block) => Some((block, block.self_ty.to_token_stream().to_string())),
        _ => None,
    })
}

/// Returns the type of a field, and whether it has no `Option`.
fn field_type(ty: &syn::Type) -> Result<(Type, bool)> {
    let (name, arguments) = path(ty)?;
    match (name.as_str(), &arguments[..]) {
        ("Option", [inner]) => Ok((field_type(inner)?.0, false)),
        ("Box", [inner]) => field_type(inner),
        ("Vec", [item]) => Ok((Type::List(Box::new(field_type(item)?.0)), true)),
        ("HashMap", [_, value]) => Ok((Type::Map(Box::new(field_type(value)?.0)), true)),
        ("bool", []) => Ok((Type::Bool, true)),
        ("i32", []) => Ok((Type::Integer, true)),
        ("i64", []) => Ok((Type::Long, true)),
        ("f32", []) => Ok((Type::Float, true)),
        ("f64", []) => Ok((Type::Double, true)),
        ("String", []) => Ok((Type::String, true)),
        ("DateTime", []) => Ok((Type::Timestamp, true)),
        ("Blob", []) => Ok((Type::Blob, true)),
        (name, []) if ty.to_token_stream().to_string().starts_with("crate :: types ::") => {
            Ok((Type::Named(name.to_owned()), true))
        }
        (name, _) => bail!("unknown type {name}"),
    }
}

fn path(ty: &syn::Type) -> Result<(String, Vec<syn::Type>)> {
    let syn::Type::Path(path) = ty else { bail!("not a path: {}", ty.to_token_stream()) };
    let last = path.path.segments.last().context("a path has segments")?;
    let arguments = match &last.arguments {
        PathArguments::AngleBracketed(list) => list
            .args
            .iter()
            .filter_map(|a| match a {
                GenericArgument::Type(ty) => Some(ty.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Ok((last.ident.to_string(), arguments))
}

// Pages.

/// The lens functions by name, each with its path of fields.
type Lenses = BTreeMap<String, Vec<String>>;

fn lenses(path: &Path) -> Result<Lenses> {
    let mut lenses = Lenses::new();
    if !path.exists() {
        return Ok(lenses);
    }
    for item in parse(path)?.items {
        if let Item::Fn(function) = item {
            let body = function.block.to_token_stream().to_string();
            let steps = body.split("input . ").skip(1).filter_map(|s| s.split([' ', ';']).next());
            lenses
                .insert(function.sig.ident.to_string(), steps.map(|s| s.trim_start_matches("r#").to_owned()).collect());
        }
    }
    Ok(lenses)
}

fn paginator(path: &Path, lenses: &Lenses) -> Result<(Option<Tokens>, Option<Vec<String>>)> {
    if !path.exists() {
        return Ok((None, None));
    }
    let text = fs::read_to_string(path)?;
    let called = |prefix: &str| {
        let (_, rest) = text.split_once(prefix)?;
        lenses.get(&format!("{}{}", prefix.trim_start_matches("crate::lens::"), rest.split('(').next()?))
    };
    let output = called("crate::lens::reflens_").with_context(|| format!("{}: no token lens", path.display()))?;
    let input = text
        .split_once("new_token == input.")
        .and_then(|(_, rest)| rest.split('.').next())
        .with_context(|| format!("{}: no input token", path.display()))?;
    let items = called("crate::lens::lens_").cloned();
    Ok((Some(Tokens { input: input.to_owned(), output: output.clone(), size: None }), items))
}

// Waiters.

fn waiters(folder: &Path) -> Result<Vec<Waiter>> {
    let mut waiters = Vec::new();
    for path in rust_files(folder)? {
        let name = file_stem(&path);
        if name == "matchers" {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let between = |from: &str, to: char| text.split_once(from).and_then(|(_, rest)| rest.split(to).next());
        let operation =
            between("inner: crate::operation::", ':').with_context(|| format!("{}: no operation", path.display()))?;
        let delay = |which: &str| {
            between(&format!(".{which}(::std::time::Duration::from_secs("), ')')
                .and_then(|n| n.parse().ok())
                .with_context(|| format!("{}: no {which}", path.display()))
        };
        waiters.push(Waiter {
            min_delay: delay("min_delay")?,
            max_delay: delay("max_delay")?,
            state: between("\"path\":\"", '"').map(state_path).unwrap_or_default(),
            operation: operation.to_owned(),
            name,
        });
    }
    Ok(waiters)
}

/// Converts a path such as `Reservations[].Instances[].State.Name` to fields; empty if it calls a function.
fn state_path(path: &str) -> Vec<String> {
    if path.contains('(') {
        return Vec::new();
    }
    path.split('.').map(|step| snake(step.trim_end_matches("[]"))).collect()
}

// Files.

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn parse(path: &Path) -> Result<syn::File> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    syn::parse_file(&text).with_context(|| path.display().to_string())
}

fn file_stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Converts `InstanceInfo` to `instance_info`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
