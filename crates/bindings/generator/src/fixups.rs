//! Corrections of the SDK's sources, which are incomplete or differ from the names that users expect. Each
//! correction has a reason; a correction that no longer applies is an error.

mod idempotency_tokens;
mod page_sizes;
mod secrets;
mod text_forms;
pub(crate) mod unnamed_unions;

use anyhow::{Result, bail, ensure};

use crate::model::{Definition, Field, Operation, Service};
use crate::risk::{self, Risk};

pub(crate) fn apply(service: &mut Service) -> Result<()> {
    let name = service.name.clone();
    for Exception { operation, risk, reason, .. } in RISKS.iter().filter(|e| e.service == name) {
        let found = find(service, operation)?;
        ensure!(
            found.risk != *risk,
            "{operation} already has the risk {risk} by its verb; remove the exception ({reason})"
        );
        found.risk = *risk;
    }
    for (_, operation) in CREDENTIALS.iter().filter(|(service, _)| *service == name) {
        let found = find(service, operation)?;
        ensure!(found.risk == Risk::Read, "{operation} issues credentials and is no read");
        found.issues_credentials = true;
    }
    secrets::apply(service)?;
    idempotency_tokens::apply(service)?;
    text_forms::apply(service)?;
    page_sizes::apply(service)?;
    if service.name == "ec2" {
        set_items_of_describe_instances(service)?;
    }
    Ok(())
}

pub(crate) fn assert_all_used(services: &[Service]) -> Result<()> {
    risk::assert_all_used(services)?;
    for Exception { service, .. } in RISKS {
        ensure!(
            services.iter().any(|s| s.name == *service),
            "there are exceptions for {service}, which is not bound; remove them"
        );
    }
    for (crate_tail, name) in SERVICE_NAMES {
        ensure!(services.iter().any(|s| s.name == *name), "{crate_tail} is not bound; remove its name {name}");
    }
    secrets::assert_all_used(services)?;
    idempotency_tokens::assert_all_used(services)?;
    text_forms::assert_all_used(services)?;
    page_sizes::assert_all_used(services)
}

/// Names with word boundaries, like those of AWS's CLI and the Ruby SDK, for SDK crates without them.
const SERVICE_NAMES: &[(&str, &str)] = &[("resourcegroups", "resource_groups")];

pub(crate) fn service_name(crate_tail: &str) -> &str {
    SERVICE_NAMES.iter().find(|(tail, _)| *tail == crate_tail).map_or(crate_tail, |(_, name)| name)
}

/// An operation whose verb is misleading.
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
        "accept_capacity_reservation_billing_ownership",
        Risk::Destroy,
        "the account pays for the reservation from then on",
    ),
    except(
        "ec2",
        "accept_reserved_instances_exchange_quote",
        Risk::Destroy,
        "the exchanged reservations are gone, and the difference is paid",
    ),
    except("ec2", "batch_modify_ipam_routing_policy_registrations", Risk::Destroy, "the call can delete registrations"),
    except(
        "ec2",
        "create_replace_root_volume_task",
        Risk::Destroy,
        "the data on the root volume is lost to the instance",
    ),
    except("ec2", "create_reserved_instances_listing", Risk::Destroy, "a sold reservation is gone"),
    except("ec2", "delete_tags", Risk::Write, "tags can be created again"),
    except("ec2", "deregister_instance_event_notification_attributes", Risk::Write, "they can be registered again"),
    except("ec2", "deregister_transit_gateway_multicast_group_members", Risk::Write, "they can be registered again"),
    except("ec2", "deregister_transit_gateway_multicast_group_sources", Risk::Write, "they can be registered again"),
    except(
        "ec2",
        "disable_image",
        Risk::Destroy,
        "other accounts lose the image, and enabling it does not share it again",
    ),
    except("ec2", "disable_image_block_public_access", Risk::Destroy, "images can be made public afterwards"),
    except("ec2", "disable_snapshot_block_public_access", Risk::Destroy, "public snapshots are public again at once"),
    except(
        "ec2",
        "disassociate_client_vpn_target_network",
        Risk::Destroy,
        "disassociating the last network ends all connections and deletes its routes",
    ),
    except("ec2", "disassociate_vpc_cidr_block", Risk::Destroy, "a block that Amazon provides cannot be had again"),
    except("ec2", "enable_address_transfer", Risk::Destroy, "another account can take the address"),
    except("ec2", "export_client_vpn_client_certificate_revocation_list", Risk::Read, "a download"),
    except("ec2", "export_client_vpn_client_configuration", Risk::Read, "a download"),
    except("ec2", "export_verified_access_instance_client_configuration", Risk::Read, "a download"),
    except("ec2", "get_flow_logs_integration_template", Risk::Write, "the call writes the template to a bucket"),
    except(
        "ec2",
        "import_client_vpn_client_certificate_revocation_list",
        Risk::Destroy,
        "the call overwrites the list without a copy",
    ),
    except(
        "ec2",
        "lock_snapshot",
        Risk::Destroy,
        "a lock in compliance mode cannot be removed, and the snapshot is charged for",
    ),
    except(
        "ec2",
        "modify_capacity_reservation",
        Risk::Destroy,
        "a smaller reservation gives up capacity that may not be available again",
    ),
    except("ec2", "modify_capacity_reservation_fleet", Risk::Destroy, "a smaller fleet cancels reservations"),
    except("ec2", "modify_fleet", Risk::Destroy, "a smaller fleet terminates instances"),
    except("ec2", "modify_fpga_image_attribute", Risk::Destroy, "the call can make the image public"),
    except("ec2", "modify_image_attribute", Risk::Destroy, "the call can make the image public"),
    except("ec2", "modify_snapshot_attribute", Risk::Destroy, "the call can make the snapshot public"),
    except(
        "ec2",
        "modify_snapshot_tier",
        Risk::Destroy,
        "restoring an archived snapshot takes days, and the archive is charged for 90 days",
    ),
    except("ec2", "modify_spot_fleet_request", Risk::Destroy, "a smaller fleet terminates instances"),
    except("ec2", "modify_vpc_tenancy", Risk::Destroy, "default tenancy cannot be changed back to dedicated"),
    except(
        "ec2",
        "modify_vpn_tunnel_options",
        Risk::Destroy,
        "the call overwrites pre-shared keys and interrupts the tunnel",
    ),
    except("ec2", "reset_ebs_default_kms_key_id", Risk::Write, "the key can be set again"),
    except(
        "ec2",
        "update_interruptible_capacity_reservation_allocation",
        Risk::Destroy,
        "reclaimed capacity is taken from running instances",
    ),
    except("iam", "generate_credential_report", Risk::Read, "IAM's access level for it is Read"),
    except("iam", "generate_organizations_access_report", Risk::Read, "IAM's access level for it is Read"),
    except("iam", "generate_service_last_accessed_details", Risk::Read, "IAM's access level for it is Read"),
    except("iam", "put_group_policy", Risk::Destroy, "the call overwrites a policy of the same name without a copy"),
    except("iam", "put_role_policy", Risk::Destroy, "the call overwrites a policy of the same name without a copy"),
    except("iam", "put_user_policy", Risk::Destroy, "the call overwrites a policy of the same name without a copy"),
    except("iam", "update_account_password_policy", Risk::Destroy, "the call overwrites the policy without a copy"),
    except("iam", "update_assume_role_policy", Risk::Destroy, "the call overwrites the trust policy without a copy"),
    except("iam", "update_login_profile", Risk::Destroy, "the previous password is lost"),
    except("iam", "update_saml_provider", Risk::Destroy, "the call can remove private keys, which cannot be read back"),
    except(
        "resource_groups",
        "put_group_configuration",
        Risk::Destroy,
        "the call overwrites the configuration without a copy",
    ),
    except("resource_groups", "update_group_query", Risk::Destroy, "the call overwrites the query without a copy"),
    except("ssm", "cancel_command", Risk::Write, "it ends what send_command began, which is a write itself"),
    except("ssm", "create_association", Risk::Destroy, "an association runs a document, which can delete resources"),
    except(
        "ssm",
        "create_association_batch",
        Risk::Destroy,
        "an association runs a document, which can delete resources",
    ),
    except("ssm", "deregister_patch_baseline_for_patch_group", Risk::Write, "it can be registered again"),
    except("ssm", "modify_document_permission", Risk::Destroy, "the call can make the document public"),
    except("ssm", "put_resource_policy", Risk::Destroy, "the call can overwrite a policy without a copy"),
    except(
        "ssm",
        "register_task_with_maintenance_window",
        Risk::Destroy,
        "the task can run an automation that deletes resources",
    ),
    except("ssm", "reset_service_setting", Risk::Write, "the setting can be set again"),
    except("ssm", "send_automation_signal", Risk::Destroy, "the approved steps can delete resources"),
    except(
        "ssm",
        "start_associations_once",
        Risk::Destroy,
        "an association runs a document, which can delete resources",
    ),
    except("ssm", "start_automation_execution", Risk::Destroy, "an automation can delete resources"),
    except("ssm", "start_change_request_execution", Risk::Destroy, "an automation can delete resources"),
    except("ssm", "start_execution_preview", Risk::Read, "Systems Manager's access level for it is Read"),
    except("ssm", "stop_automation_execution", Risk::Destroy, "an automation that ends half-way does not continue"),
    except("ssm", "update_association", Risk::Destroy, "an association runs a document, which can delete resources"),
    except(
        "ssm",
        "update_maintenance_window_task",
        Risk::Destroy,
        "the task can run an automation that deletes resources",
    ),
    except("sts", "assume_role", Risk::Read, "the call issues credentials and changes nothing"),
    except("sts", "assume_role_with_saml", Risk::Read, "the call issues credentials and changes nothing"),
    except("sts", "assume_role_with_web_identity", Risk::Read, "the call issues credentials and changes nothing"),
    except("sts", "assume_root", Risk::Read, "the call issues credentials and changes nothing"),
];

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
    ("sts", "get_session_token"),
    ("sts", "get_web_identity_token"),
];

/// Sets the items of `describe_instances` to instances. The paginator has reservations, which only group instances
/// by launch.
fn set_items_of_describe_instances(service: &mut Service) -> Result<()> {
    let operation = find(service, "describe_instances")?;
    ensure!(operation.items == ["reservations"], "the items of describe_instances are {:?} now", operation.items);
    operation.items.push("instances".to_owned());
    operation.inherits = vec!["owner_id".to_owned(), "reservation_id".to_owned()];
    Ok(())
}

fn find<'a>(service: &'a mut Service, name: &str) -> Result<&'a mut Operation> {
    let Some(operation) = service.operations.iter_mut().find(|o| o.name == name) else {
        bail!("a correction names {}.{name}, which does not exist any more; remove it", service.name);
    };
    Ok(operation)
}

/// Returns the fields of each input, output and structure.
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
