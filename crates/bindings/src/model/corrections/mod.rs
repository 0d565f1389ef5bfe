//! Corrections of AWS's models, which are incomplete or differ from what users expect. Each correction has a reason; a
//! test names those that no longer apply.

mod page_sizes;
mod secrets;
mod text_forms;
mod tokens;

use moonfleet_core::Field;
use moonfleet_models::{Operation, Service, Shape};

use crate::operation::ItemList;

pub(super) use page_sizes::page_size;

/// Corrects a field of a structure.
pub(super) fn correct(service: &Service, structure: &Shape, field: &mut Field) {
    secrets::correct(service, structure, field);
    text_forms::correct(service, structure, field);
    tokens::correct(service, structure, field);
}

/// Service, operation: reads whose answer holds credentials that open something, such as keys of a role or the
/// password of an instance. `--no-credentials` refuses them.
const CREDENTIALS: &[(&str, &str)] = &[
    ("ec2", "get_password_data"),
    ("ssm", "get_access_token"),
    ("sts", "assume_role"),
    ("sts", "assume_role_with_saml"),
    ("sts", "assume_role_with_web_identity"),
    ("sts", "assume_root"),
    ("sts", "get_delegated_access_token"),
    ("sts", "get_federation_token"),
    ("sts", "get_scoped_credentials"),
    ("sts", "get_session_token"),
    ("sts", "get_web_identity_token"),
];

pub(super) fn issues_credentials(service: &Service, operation: &Operation) -> bool {
    CREDENTIALS.contains(&(&*service.name, &*operation.name))
}

/// Returns the items of `describe_instances`, which are instances. The model has reservations, which only group instances
/// by launch.
pub(super) fn items(service: &Service, operation: &Operation) -> Option<ItemList> {
    let is_instances = (&*service.name, &*operation.name) == ("ec2", "describe_instances");
    is_instances
        .then_some(ItemList { path: &["reservations", "instances"], inherits: &["owner_id", "reservation_id"] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Risk;
    use crate::service;

    #[test]
    fn operations_that_issue_credentials_are_reads() {
        for (service_name, name) in CREDENTIALS {
            let operation = service(service_name).and_then(|service| service.operation(name));
            assert_eq!(operation.expect("it exists").risk, Risk::Read, "{service_name}.{name}");
        }
    }
}
