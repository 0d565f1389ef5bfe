//! What is secret: the SDK's own marks, corrected. They hide too much, so that commands and
//! descriptions could not be read any more, and miss some codes and tokens.

use anyhow::{Result, ensure};

use crate::model::{Definition, Field, Service, Type};

pub(super) fn apply(service: &mut Service) -> Result<()> {
    structures_say_themselves(service);
    let name = service.name.clone();
    for correction in CORRECTIONS.iter().filter(|c| c.service == name) {
        correction.apply(service)?;
    }
    only_text_is_secret(service)
}

pub(super) fn assert_all_used(services: &[Service]) -> Result<()> {
    for Correction { service, .. } in CORRECTIONS {
        ensure!(services.iter().any(|s| s.name == *service), "secrets of a service that is not bound: {service}");
    }
    Ok(())
}

struct Correction {
    service: &'static str,
    /// The structure, where an operation's input is `GetParameterInput`; all that have the field where there is none.
    only_in: Option<&'static str>,
    what: Fields,
    reason: &'static str,
}

enum Fields {
    Secret(&'static str),
    Plain(&'static str),
    /// Of this structure these fields and no other.
    Only(&'static [&'static str]),
}

use Fields::{Only, Plain, Secret};

const fn everywhere_in(service: &'static str, what: Fields, reason: &'static str) -> Correction {
    Correction { service, only_in: None, what, reason }
}

const fn only_in(service: &'static str, structure: &'static str, what: Fields, reason: &'static str) -> Correction {
    Correction { service, only_in: Some(structure), what, reason }
}

const CORRECTIONS: &[Correction] = &[
    only_in("ec2", "DescribeInstanceAttributeOutput", Secret("user_data"), "user data are secret everywhere else"),
    only_in("ec2", "GetInstanceTpmEkPubOutput", Plain("key_value"), "a public key"),
    only_in(
        "ec2",
        "ModifyInstanceAttributeInput",
        Plain("value"),
        "any attribute's; user data have a field of their own",
    ),
    only_in("ec2", "ModifyVpnTunnelOptionsSpecification", Only(&["pre_shared_key"]), "the rest are numbers and names"),
    only_in("ec2", "ReportInstanceStatusInput", Plain("description"), "text for AWS's people"),
    only_in(
        "ec2",
        "ScheduledInstancesLaunchSpecification",
        Only(&["user_data"]),
        "as in all other launch specifications",
    ),
    everywhere_in("ssm", Plain("description"), "names what it stands for"),
    everywhere_in("ssm", Plain("ip_address"), "EC2 shows the same one"),
    everywhere_in("ssm", Plain("owner_information"), "a label that comes back in events"),
    everywhere_in(
        "ssm",
        Plain("parameters"),
        "commands and options of documents, which name their secrets as {{ssm-secure:…}}",
    ),
    everywhere_in("ssm", Plain("task_parameters"), "as parameters"),
    only_in("ssm", "MaintenanceWindowTaskParameterValueExpression", Plain("values"), "as parameters"),
    only_in("ssm", "MaintenanceWindowLambdaParameters", Plain("payload"), "as parameters"),
    only_in("ssm", "MaintenanceWindowStepFunctionsParameters", Plain("input"), "as parameters"),
    only_in("ssm", "CreateActivationOutput", Secret("activation_code"), "whoever has it can register machines"),
    only_in("ssm", "StartSessionOutput", Secret("token_value"), "opens the session"),
    only_in("ssm", "ResumeSessionOutput", Secret("token_value"), "opens the session"),
    only_in(
        "sts",
        "Credentials",
        Only(&["secret_access_key", "session_token"]),
        "the key's id and its end are shown in logs of AWS's own",
    ),
];

impl Correction {
    fn apply(&self, service: &mut Service) -> Result<()> {
        let mut changed = 0;
        for (structure, fields) in fields(service) {
            if self.only_in.is_some_and(|of| of != structure) {
                continue;
            }
            for field in fields {
                let secret = match &self.what {
                    Secret(name) => field.secret || field.name == *name,
                    Plain(name) => field.secret && field.name != *name,
                    Only(names) => names.contains(&field.name.as_str()),
                };
                changed += usize::from(secret != field.secret);
                field.secret = secret;
            }
        }
        let (of, reason) = (self.only_in.unwrap_or("any structure"), self.reason);
        ensure!(changed > 0, "of {}, {of} is marked already as it should be; remove it ({reason})", self.service);
        Ok(())
    }
}

/// A whole structure is marked where some of its fields are; those are marked themselves.
fn structures_say_themselves(service: &mut Service) {
    let says = |definition: &Definition| match definition {
        Definition::Structure(fields) => fields.iter().any(|field| field.secret),
        _ => false,
    };
    let saying = service.types.iter().filter(|(_, definition)| says(definition));
    let saying: Vec<String> = saying.map(|(name, _)| name.clone()).collect();
    for (_, fields) in fields(service) {
        for field in fields {
            field.secret &= !matches!(&field.ty, Type::Named(name) if saying.contains(name));
        }
    }
}

/// A mark on anything else would hide nothing. One on a structure hides the texts in it.
fn only_text_is_secret(service: &mut Service) -> Result<()> {
    let is_structure = |definition: &Definition| matches!(definition, Definition::Structure(_));
    let structures = service.types.iter().filter(|(_, definition)| is_structure(definition));
    let structures: Vec<String> = structures.map(|(name, _)| name.clone()).collect();
    for (structure, fields) in fields(service) {
        for field in fields.filter(|field| field.secret) {
            let holds_text = match &field.ty {
                Type::Named(name) => structures.contains(name),
                ty => matches!(ty, Type::String | Type::Blob),
            };
            ensure!(holds_text, "{structure}.{} is marked secret and is no text; correct the mark", field.name);
        }
    }
    Ok(())
}

/// The fields of each input, output and structure.
fn fields(service: &mut Service) -> impl Iterator<Item = (String, std::slice::IterMut<'_, Field>)> {
    let sides = service.operations.iter_mut().flat_map(|operation| {
        let name = &operation.api_name;
        let (input, output) = (format!("{name}Input"), format!("{name}Output"));
        [(input, operation.input.iter_mut()), (output, operation.output.iter_mut())]
    });
    let structures = service.types.iter_mut().filter_map(|(name, definition)| match definition {
        Definition::Structure(fields) => Some((name.clone(), fields.iter_mut())),
        _ => None,
    });
    sides.chain(structures)
}
