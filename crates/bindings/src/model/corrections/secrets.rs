//! Corrections of the models' marks for secrets, which hide too much, for example commands and descriptions, and miss
//! some codes and tokens.

use moonfleet_core::Field;
use moonfleet_models::{Service, Shape};

struct Correction {
    service: &'static str,
    /// The structure; none for all structures with the field.
    only_in: Option<&'static str>,
    fields: Fields,
    #[cfg_attr(not(test), expect(dead_code, reason = "the test shows it"))]
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
    only_in("ec2", "InstanceAttribute", Secret("user_data"), "user data is secret in all other structures"),
    only_in("ec2", "GetInstanceTpmEkPubResult", Plain("key_value"), "a public key"),
    only_in(
        "ec2",
        "ModifyInstanceAttributeRequest",
        Plain("value"),
        "the value of any attribute; user data has its own field",
    ),
    only_in(
        "ec2",
        "ModifyVpnTunnelOptionsSpecification",
        Only(&["pre_shared_key"]),
        "the other fields are numbers and names",
    ),
    only_in("ec2", "ReportInstanceStatusRequest", Plain("description"), "a text for AWS staff"),
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
    only_in("ssm", "CreateActivationResult", Secret("activation_code"), "allows its owner to register machines"),
    only_in("ssm", "StartSessionResponse", Secret("token_value"), "opens the session"),
    only_in("ssm", "ResumeSessionResponse", Secret("token_value"), "opens the session"),
    only_in(
        "sts",
        "Credentials",
        Only(&["secret_access_key", "session_token"]),
        "AWS shows the id and the expiration of the key in its own logs",
    ),
];

impl Correction {
    fn applies(&self, service: &Service, structure: &Shape) -> bool {
        *self.service == *service.name && self.only_in.is_none_or(|only| only == structure.name)
    }

    fn is_secret(&self, field: &Field) -> bool {
        match &self.fields {
            Secret(name) => field.secret || field.name() == *name,
            Plain(name) => field.secret && field.name() != *name,
            Only(names) => names.contains(&field.name()),
        }
    }
}

pub(super) fn correct(service: &Service, structure: &Shape, field: &mut Field) {
    for correction in CORRECTIONS.iter().filter(|correction| correction.applies(service, structure)) {
        field.secret = correction.is_secret(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::built_in_service;

    #[test]
    fn corrections_change_a_mark() {
        for correction in CORRECTIONS {
            let model = built_in_service(correction.service).expect("a service").shapes.service;
            let changes = model.shape_ids().map(|id| model.shape(id)).any(|structure| {
                let members = structure.as_structure().map_or(&[][..], |structure| &structure.members);
                correction.applies(model, structure)
                    && members.iter().any(|member| {
                        let mut field = Field::new(&member.name, moonfleet_core::Type::String);
                        field.secret = structure.sensitive || model.shape(member.target.target).sensitive;
                        correction.is_secret(&field) != field.secret
                    })
            });
            let place = correction.only_in.unwrap_or("any structure");
            assert!(changes, "{}, {place}: remove the correction ({})", correction.service, correction.reason);
        }
    }
}
