//! Corrections of the SDK's marks for secrets. The marks hide too much, for example commands and descriptions,
//! and miss some codes and tokens.

use anyhow::{Result, ensure};

use crate::model::{Definition, Service, Type};

pub(super) fn apply(service: &mut Service) -> Result<()> {
    unmark_structures_with_secret_fields(service);
    let name = service.name.clone();
    for correction in CORRECTIONS.iter().filter(|c| c.service == name) {
        correction.apply(service)?;
    }
    check_marks(service)
}

pub(super) fn assert_all_used(services: &[Service]) -> Result<()> {
    for Correction { service, .. } in CORRECTIONS {
        ensure!(
            services.iter().any(|s| s.name == *service),
            "there are corrections of secrets for {service}, which is not bound; remove them"
        );
    }
    Ok(())
}

struct Correction {
    service: &'static str,
    /// The structure (for an input, for example, `GetParameterInput`); none for all structures with the field.
    only_in: Option<&'static str>,
    fields: Fields,
    reason: &'static str,
}

enum Fields {
    Secret(&'static str),
    Plain(&'static str),
    /// Only these fields of the structure are secret.
    Only(&'static [&'static str]),
}

use Fields::{Only, Plain, Secret};

const fn everywhere_in(service: &'static str, fields: Fields, reason: &'static str) -> Correction {
    Correction { service, only_in: None, fields, reason }
}

const fn only_in(service: &'static str, structure: &'static str, fields: Fields, reason: &'static str) -> Correction {
    Correction { service, only_in: Some(structure), fields, reason }
}

const CORRECTIONS: &[Correction] = &[
    only_in(
        "ec2",
        "DescribeInstanceAttributeOutput",
        Secret("user_data"),
        "user data is secret in all other structures",
    ),
    only_in("ec2", "GetInstanceTpmEkPubOutput", Plain("key_value"), "a public key"),
    only_in(
        "ec2",
        "ModifyInstanceAttributeInput",
        Plain("value"),
        "the value of any attribute; user data has its own field",
    ),
    only_in(
        "ec2",
        "ModifyVpnTunnelOptionsSpecification",
        Only(&["pre_shared_key"]),
        "the other fields are numbers and names",
    ),
    only_in("ec2", "ReportInstanceStatusInput", Plain("description"), "a text for AWS staff"),
    only_in(
        "ec2",
        "ScheduledInstancesLaunchSpecification",
        Only(&["user_data"]),
        "the same fields are secret in all other launch specifications",
    ),
    everywhere_in("ssm", Plain("description"), "describes the resource"),
    everywhere_in("ssm", Plain("ip_address"), "EC2 shows the same address"),
    everywhere_in("ssm", Plain("owner_information"), "a label, which is included in events"),
    everywhere_in(
        "ssm",
        Plain("parameters"),
        "commands and options of documents, which refer to secrets as {{ssm-secure:…}}",
    ),
    everywhere_in("ssm", Plain("task_parameters"), "like parameters"),
    only_in("ssm", "MaintenanceWindowTaskParameterValueExpression", Plain("values"), "like parameters"),
    only_in("ssm", "MaintenanceWindowLambdaParameters", Plain("payload"), "like parameters"),
    only_in("ssm", "MaintenanceWindowStepFunctionsParameters", Plain("input"), "like parameters"),
    only_in("ssm", "CreateActivationOutput", Secret("activation_code"), "allows its owner to register machines"),
    only_in("ssm", "StartSessionOutput", Secret("token_value"), "opens the session"),
    only_in("ssm", "ResumeSessionOutput", Secret("token_value"), "opens the session"),
    only_in(
        "sts",
        "Credentials",
        Only(&["secret_access_key", "session_token"]),
        "AWS shows the id and the expiration of the key in its own logs",
    ),
];

impl Correction {
    fn apply(&self, service: &mut Service) -> Result<()> {
        let mut changed = 0;
        for (structure, fields) in super::fields(service) {
            if self.only_in.is_some_and(|only| only != structure) {
                continue;
            }
            for field in fields {
                let secret = match &self.fields {
                    Secret(name) => field.secret || field.name == *name,
                    Plain(name) => field.secret && field.name != *name,
                    Only(names) => names.contains(&field.name.as_str()),
                };
                changed += usize::from(secret != field.secret);
                field.secret = secret;
            }
        }
        let (structure, reason) = (self.only_in.unwrap_or("any structure"), self.reason);
        ensure!(changed > 0, "{}: {structure} needs no correction any more; remove it ({reason})", self.service);
        Ok(())
    }
}

/// Removes the marks of fields whose structure has its own secret fields: the SDK marks such structures as a whole.
fn unmark_structures_with_secret_fields(service: &mut Service) {
    let has_secrets = |definition: &Definition| match definition {
        Definition::Structure(fields) => fields.iter().any(|field| field.secret),
        _ => false,
    };
    let with_secrets = service.types.iter().filter(|(_, definition)| has_secrets(definition));
    let with_secrets: Vec<String> = with_secrets.map(|(name, _)| name.clone()).collect();
    for (_, fields) in super::fields(service) {
        for field in fields {
            field.secret &= !matches!(&field.ty, Type::Named(name) if with_secrets.contains(name));
        }
    }
}

/// Checks that only texts and structures are marked: a mark on a structure hides the texts in it, a mark on any other
/// type would hide nothing.
fn check_marks(service: &mut Service) -> Result<()> {
    let is_structure = |definition: &Definition| matches!(definition, Definition::Structure(_));
    let structures = service.types.iter().filter(|(_, definition)| is_structure(definition));
    let structures: Vec<String> = structures.map(|(name, _)| name.clone()).collect();
    for (structure, fields) in super::fields(service) {
        for field in fields.filter(|field| field.secret) {
            let holds_text = match &field.ty {
                Type::Named(name) => structures.contains(name),
                ty => matches!(ty, Type::String | Type::Blob),
            };
            ensure!(holds_text, "{structure}.{} is marked as secret but is not text; correct the mark", field.name);
        }
    }
    Ok(())
}
