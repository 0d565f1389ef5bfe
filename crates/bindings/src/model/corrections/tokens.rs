//! Idempotency tokens that the models do not mark. A request without one that is sent again would be executed again.
//!
//! Each operation below was reviewed in AWS's API reference: its text on the field says that requests with the
//! same token are executed once. A version 4 UUID fits all of them: EC2 takes up to 64 ASCII characters
//! (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>), Automation demands a UUID.

use moonfleet_core::Field;
use moonfleet_models::{Service, Shape};

const FIELD: &str = "client_token";

/// Service, operation.
const UNMARKED: &[(&str, &str)] = &[
    ("ec2", "allocate_hosts"),
    ("ec2", "copy_fpga_image"),
    ("ec2", "create_capacity_reservation"),
    ("ec2", "create_egress_only_internet_gateway"),
    ("ec2", "create_flow_logs"),
    ("ec2", "create_fpga_image"),
    ("ec2", "create_reserved_instances_listing"),
    ("ec2", "create_vpc_endpoint"),
    ("ec2", "create_vpc_endpoint_connection_notification"),
    ("ec2", "create_vpc_endpoint_service_configuration"),
    ("ec2", "import_image"),
    ("ec2", "import_snapshot"),
    ("ec2", "modify_instance_credit_specification"),
    ("ec2", "modify_reserved_instances"),
    ("ec2", "purchase_host_reservation"),
    ("ec2", "request_spot_instances"),
    ("ssm", "start_automation_execution"),
    ("ssm", "start_change_request_execution"),
];

pub(super) fn correct(service: &Service, structure: &Shape, field: &mut Field) {
    let is_input = |name: &str| {
        let input = service.operation(name).and_then(|operation| operation.input.as_ref());
        input.is_some_and(|input| input.target == structure.id)
    };
    let mut of_service = UNMARKED.iter().filter(|(name, _)| **name == *service.name);
    field.idempotency_token |= field.name() == FIELD && of_service.any(|(_, operation)| is_input(operation));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SERVICES, service};

    #[test]
    fn corrections_are_needed_and_no_other_token_is_unmarked() {
        for (service_name, name) in UNMARKED {
            let operation = service(service_name).and_then(|service| service.operation(name)).expect("it exists");
            assert_eq!(operation.idempotency_token(), Some(FIELD), "{service_name}.{name}");
            let input = operation.model.input.as_ref().expect("an input").target;
            let shape = operation.shapes.service.shape(input).as_structure().expect("a structure");
            let marked = shape.member(FIELD).expect("the token").1.idempotency_token;
            assert!(!marked, "{service_name}.{name}: the model marks the token now; remove it here");
        }
        for operation in SERVICES.iter().flat_map(|service| service.operations()) {
            for field in operation.input().fields.iter().filter(|field| !field.idempotency_token) {
                let parts = ["client_token", "request_token", "idempotency", "idempotent", "caller_reference"];
                let looks_like_token = parts.iter().any(|part| field.name().contains(part));
                assert!(!looks_like_token, "{}: review whether {} is a token", operation.name, field.name());
            }
        }
    }
}
