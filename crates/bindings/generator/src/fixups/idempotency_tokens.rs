//! Idempotency tokens that the models do not mark. The SDK fills a marked field by itself and leaves the
//! others empty, so that a request it sends again would be executed again.
//!
//! Each operation below was reviewed in AWS's API reference: its text on the field says that requests with the
//! same token are executed once. A version 4 UUID fits all of them: EC2 takes up to 64 ASCII characters
//! (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>), Automation demands a UUID.

use anyhow::{Context, Result, ensure};

use crate::model::Service;

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

pub(super) fn apply(service: &mut Service) -> Result<()> {
    let name = service.name.clone();
    for (_, operation) in UNMARKED.iter().filter(|(service, _)| *service == name) {
        let found = super::find(service, operation)?;
        let field = found.input.iter_mut().find(|field| field.name == FIELD);
        let field = field.with_context(|| format!("{operation} has no {FIELD} any more; remove it from the list"))?;
        ensure!(!field.idempotency_token, "the model marks {operation}'s {FIELD} now; remove it from the list");
        field.idempotency_token = true;
    }
    all_are_reviewed(service)
}

/// Stops the generator at a field that looks like a token and is neither marked nor listed.
fn all_are_reviewed(service: &Service) -> Result<()> {
    for operation in &service.operations {
        for field in operation.input.iter().filter(|field| !field.idempotency_token) {
            let looks_like_token = ["client_token", "request_token", "idempotency", "idempotent", "caller_reference"]
                .iter()
                .any(|part| field.name.contains(part));
            ensure!(
                !looks_like_token,
                "{}.{}: review whether {} is an idempotency token, and list it",
                service.name,
                operation.name,
                field.name
            );
        }
    }
    Ok(())
}

pub(super) fn assert_all_used(services: &[Service]) -> Result<()> {
    for (service, operation) in UNMARKED {
        ensure!(
            services.iter().any(|s| s.name == *service),
            "{operation} is of a service that is not bound: {service}"
        );
    }
    Ok(())
}
