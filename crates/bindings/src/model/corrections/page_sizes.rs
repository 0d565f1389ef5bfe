//! Page sizes. Without one, EC2 refuses to list the volumes and the snapshots of an account that has many
//! (`OperationNotPermitted`), and other services send more and smaller pages than they could. The AWS CLI asks for
//! 1,000 volumes and snapshots at a time for this reason.
//!
//! The sources are botocore's models: the maximum of the parameter, at most 1,000. Where the model of EC2 has no
//! maximum, the sizes below come from the API reference, and 1,000 is tried for the others. A call that is refused
//! is made again without a size (`crates/client/src/pages.rs`). `tests/in_process/botocore.rs` compares the
//! sizes with botocore's models.

use moonfleet_core::Type;
use moonfleet_models::Operation;

use crate::model::Shapes;
use crate::operation::PageSize;

/// The parameters by which services take a page size.
const PARAMETERS: [&str; 2] = ["max_results", "max_items"];

/// The largest page of most operations of a service. Other services choose the size of their pages.
const USUAL: &[(&str, i64)] = &[("ec2", 1000), ("iam", 1000), ("resource_groups", 50), ("ssm", 50)];

/// Operations with another largest page.
struct LargestPage {
    service: &'static str,
    size: i64,
    operations: &'static [&'static str],
}

/// Returns the parameter for the size of a page, and the largest size.
pub(in crate::model) fn page_size(shapes: &'static Shapes, operation: &Operation) -> Option<PageSize> {
    let service = &*shapes.service.name;
    let (_, usual) = USUAL.iter().find(|(name, _)| *name == service)?;
    let fields = &shapes.input(operation).fields;
    let field = fields.iter().find(|f| PARAMETERS.contains(&f.name()) && matches!(f.ty, Type::Integer))?;
    let other = OTHERS.iter().find(|row| row.service == service && row.operations.contains(&&*operation.name));
    Some(PageSize { field: field.name(), most: other.map_or(*usual, |row| row.size) })
}

const OTHERS: &[LargestPage] = &[
    LargestPage {
        service: "ec2",
        size: 500,
        operations: &[
            "describe_export_image_tasks",
            "describe_host_reservation_offerings",
            "describe_host_reservations",
            "describe_hosts",
            "describe_instance_event_windows",
            "describe_mac_hosts",
            "describe_mac_modification_tasks",
        ],
    },
    LargestPage {
        service: "ec2",
        size: 300,
        operations: &["describe_scheduled_instance_availability", "describe_scheduled_instances"],
    },
    LargestPage {
        service: "ec2",
        size: 255,
        operations: &[
            "describe_egress_only_internet_gateways",
            "describe_network_interface_permissions",
            "describe_stale_security_groups",
            "describe_trunk_interface_associations",
            "describe_vpc_classic_link_dns_support",
            "get_managed_prefix_list_associations",
        ],
    },
    LargestPage {
        service: "ec2",
        size: 200,
        operations: &[
            "describe_fast_launch_images",
            "describe_fast_snapshot_restores",
            "describe_launch_template_versions",
            "describe_launch_templates",
            "describe_store_image_tasks",
            "describe_verified_access_instances",
            "describe_verified_access_trust_providers",
        ],
    },
    LargestPage {
        service: "ec2",
        size: 100,
        operations: &[
            "describe_application_status",
            "describe_application_status_checks",
            "describe_aws_network_performance_metric_subscriptions",
            "describe_byoip_cidrs",
            "describe_capacity_reservation_fleets",
            "describe_instance_topology",
            "describe_metric_categories",
            "describe_instance_types",
            "describe_ipam_byoasn",
            "describe_managed_prefix_lists",
            "describe_network_insights_access_scope_analyses",
            "describe_network_insights_access_scopes",
            "describe_network_insights_analyses",
            "describe_network_insights_paths",
            "describe_reserved_instances_offerings",
            "describe_route_tables",
            "describe_vpc_endpoint_associations",
            "get_managed_prefix_list_entries",
        ],
    },
    LargestPage {
        service: "ec2",
        size: 50,
        operations: &["describe_instance_connect_endpoints", "describe_replace_root_volume_tasks"],
    },
    LargestPage {
        service: "ec2",
        size: 10,
        operations: &[
            "describe_capacity_reservation_topology",
            "describe_public_ipv4_pools",
            "describe_verified_access_instance_logging_configurations",
        ],
    },
    LargestPage {
        service: "ssm",
        size: 1000,
        operations: &[
            "describe_instance_properties",
            "describe_maintenance_window_schedule",
            "describe_maintenance_windows_for_target",
        ],
    },
    LargestPage {
        service: "ssm",
        size: 200,
        operations: &["describe_document_permission", "describe_sessions", "get_inventory_schema"],
    },
    LargestPage {
        service: "ssm",
        size: 100,
        operations: &[
            "describe_available_patches",
            "describe_effective_patches_for_patch_baseline",
            "describe_instance_patch_states",
            "describe_instance_patch_states_for_patch_group",
            "describe_instance_patches",
            "describe_maintenance_window_execution_task_invocations",
            "describe_maintenance_window_execution_tasks",
            "describe_maintenance_window_executions",
            "describe_maintenance_window_targets",
            "describe_maintenance_window_tasks",
            "describe_maintenance_windows",
            "describe_patch_baselines",
            "describe_patch_groups",
        ],
    },
    LargestPage { service: "ssm", size: 75, operations: &["validate_cloud_connector"] },
    LargestPage {
        service: "ssm",
        size: 10,
        operations: &["get_ops_metadata", "get_parameters_by_path", "list_cloud_connectors"],
    },
    LargestPage { service: "ssm", size: 5, operations: &["describe_effective_instance_associations"] },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service;

    #[test]
    fn other_sizes_are_of_operations_that_take_one() {
        for row in OTHERS {
            for name in row.operations {
                let operation = service(row.service).and_then(|service| service.operation(name));
                let size = operation.and_then(|operation| operation.pages.as_ref()?.size.as_ref());
                assert_eq!(size.map(|size| size.most), Some(row.size), "{}.{name}", row.service);
                assert!(USUAL.iter().all(|usual| *usual != (row.service, row.size)), "{}.{name}", row.service);
            }
        }
    }
}
