//! What the SDK's sources do not say, or say differently from what our users expect.
//! One function an oddity, each with its reason; one that no longer applies is an error.

mod idempotency_tokens;
mod secrets;

use anyhow::{Result, bail, ensure};

use crate::model::{Operation, Service};
use crate::risk::{self, Risk};

pub(crate) fn apply(service: &mut Service) -> Result<()> {
    let name = service.name.clone();
    for Exception { operation, risk, reason, .. } in RISKS.iter().filter(|e| e.service == name) {
        let found = find(service, operation)?;
        ensure!(found.risk != *risk, "{operation} is {risk} by its verb already; remove the exception ({reason})");
        found.risk = *risk;
    }
    secrets::apply(service)?;
    idempotency_tokens::apply(service)?;
    if service.name == "ec2" {
        items_of_describe_instances_are_instances(service)?;
    }
    Ok(())
}

pub(crate) fn assert_all_used(services: &[Service]) -> Result<()> {
    risk::assert_all_used(services)?;
    for Exception { service, .. } in RISKS {
        ensure!(services.iter().any(|s| s.name == *service), "exceptions for a service that is not bound: {service}");
    }
    for (crate_tail, name) in SERVICE_NAMES {
        ensure!(services.iter().any(|s| s.name == *name), "{crate_tail} is not bound, its name {name} is left over");
    }
    secrets::assert_all_used(services)?;
    idempotency_tokens::assert_all_used(services)
}

/// The SDK names some crates without word boundaries; AWS's CLI and the Ruby SDK have them.
const SERVICE_NAMES: &[(&str, &str)] = &[("resourcegroups", "resource_groups")];

pub(crate) fn service_name(crate_tail: &str) -> &str {
    SERVICE_NAMES.iter().find(|(tail, _)| *tail == crate_tail).map_or(crate_tail, |(_, name)| name)
}

/// An operation whose verb misleads.
struct Exception {
    service: &'static str,
    operation: &'static str,
    risk: Risk,
    reason: &'static str,
}

const fn except(service: &'static str, operation: &'static str, risk: Risk, reason: &'static str) -> Exception {
    Exception { service, operation, risk, reason }
}

const RISKS: &[Exception] = &[
    except(
        "ec2",
        "accept_reserved_instances_exchange_quote",
        Risk::Destroy,
        "what is given in exchange is gone, and what it costs is paid",
    ),
    except("ec2", "batch_modify_ipam_routing_policy_registrations", Risk::Destroy, "it deletes as well"),
    except(
        "ec2",
        "create_replace_root_volume_task",
        Risk::Destroy,
        "what was written to the root volume is gone from the instance",
    ),
    except("ec2", "create_reserved_instances_listing", Risk::Destroy, "what it sells is gone"),
    except("ec2", "delete_tags", Risk::Write, "tags can be put back"),
    except("ec2", "deregister_instance_event_notification_attributes", Risk::Write, "they can be registered again"),
    except("ec2", "deregister_transit_gateway_multicast_group_members", Risk::Write, "they can be registered again"),
    except("ec2", "deregister_transit_gateway_multicast_group_sources", Risk::Write, "they can be registered again"),
    except(
        "ec2",
        "disable_image",
        Risk::Destroy,
        "those it was shared with lose it, and enabling it does not share it again",
    ),
    except(
        "ec2",
        "disassociate_client_vpn_target_network",
        Risk::Destroy,
        "ends all connections with the last network, and deletes its routes",
    ),
    except("ec2", "disassociate_vpc_cidr_block", Risk::Destroy, "a block of Amazon's does not come back"),
    except("ec2", "export_client_vpn_client_certificate_revocation_list", Risk::Read, "a download"),
    except("ec2", "export_client_vpn_client_configuration", Risk::Read, "a download"),
    except("ec2", "export_verified_access_instance_client_configuration", Risk::Read, "a download"),
    except("ec2", "get_flow_logs_integration_template", Risk::Write, "leaves its template in a bucket"),
    except(
        "ec2",
        "lock_snapshot",
        Risk::Destroy,
        "nobody can take back a lock in compliance mode, and what it keeps is paid for",
    ),
    except(
        "ec2",
        "modify_capacity_reservation",
        Risk::Destroy,
        "a smaller one gives up capacity that may not be had again",
    ),
    except("ec2", "modify_capacity_reservation_fleet", Risk::Destroy, "a smaller one cancels reservations"),
    except("ec2", "modify_fleet", Risk::Destroy, "a smaller one terminates instances"),
    except("ec2", "modify_spot_fleet_request", Risk::Destroy, "a smaller one terminates instances"),
    except(
        "ec2",
        "update_interruptible_capacity_reservation_allocation",
        Risk::Destroy,
        "what is reclaimed is taken from instances",
    ),
    except("iam", "generate_credential_report", Risk::Read, "IAM's own access level for it is Read"),
    except("iam", "generate_organizations_access_report", Risk::Read, "IAM's own access level for it is Read"),
    except("iam", "generate_service_last_accessed_details", Risk::Read, "IAM's own access level for it is Read"),
    except("iam", "reset_service_specific_credential", Risk::Destroy, "the password until now is invalid at once"),
    except("iam", "update_login_profile", Risk::Destroy, "nobody can tell the password until now"),
    except("iam", "update_saml_provider", Risk::Destroy, "it removes private keys as well, which nobody can read back"),
    except("ssm", "cancel_command", Risk::Write, "ends what send_command began, which is a write itself"),
    except("ssm", "deregister_patch_baseline_for_patch_group", Risk::Write, "it can be registered again"),
    except("ssm", "start_execution_preview", Risk::Read, "Systems Manager's own access level for it is Read"),
    except("ssm", "stop_automation_execution", Risk::Destroy, "what ends half-way does not go on"),
    except("sts", "assume_role", Risk::Read, "gives credentials, changes nothing"),
    except("sts", "assume_role_with_saml", Risk::Read, "gives credentials, changes nothing"),
    except("sts", "assume_role_with_web_identity", Risk::Read, "gives credentials, changes nothing"),
    except("sts", "assume_root", Risk::Read, "gives credentials, changes nothing"),
];

/// The paginator names reservations, a grouping of launches that nobody asks for.
fn items_of_describe_instances_are_instances(service: &mut Service) -> Result<()> {
    let operation = find(service, "describe_instances")?;
    ensure!(operation.items == ["reservations"], "the items of describe_instances are {:?} now", operation.items);
    operation.items.push("instances".to_owned());
    operation.inherits = vec!["owner_id".to_owned(), "reservation_id".to_owned()];
    Ok(())
}

fn find<'a>(service: &'a mut Service, name: &str) -> Result<&'a mut Operation> {
    let Some(operation) = service.operations.iter_mut().find(|o| o.name == name) else {
        bail!("a fixup names {}.{name}, which does not exist any more", service.name);
    };
    Ok(operation)
}
