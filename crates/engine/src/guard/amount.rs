//! The number of resources that a call is about, for the cap and for the question before it.
//!
//! A change counts its targets, the items that its input lists, or the number that its input asks for; a
//! change with none of these counts one. A few operations affect a number of resources that their
//! input does not have, for example all instances of a fleet: a run with a cap refuses them.

use moonfleet_bindings::{BASIC_SERVICES, Operation, Risk};
use moonfleet_core::{Map, Value};

use super::targets::targets;

/// Fields, at any depth, with a number of resources.
const COUNTS: &[&str] = &[
    "instance_count",
    "max_count",
    "quantity",
    "registration_limit",
    "target_capacity",
    "target_instance_count",
    "target_resource_count",
    "total_target_capacity",
];

/// The same in services that scripts must name.
const COUNTS_OF_OTHERS: &[&str] = &["desired_capacity", "desired_count"];

/// Operation, parameter: the call creates, changes or deletes one resource for each item of the list.
const LISTS: &[(&str, &str)] = &[
    ("allocate_hosts", "asset_ids"),
    ("create_association_batch", "entries"),
    ("create_flow_logs", "resource_ids"),
    ("delete_launch_template_versions", "versions"),
    ("modify_instance_credit_specification", "instance_credit_specifications"),
    ("purchase_host_reservation", "host_id_set"),
    ("put_compliance_items", "items"),
    ("put_inventory", "items"),
    ("register_transit_gateway_multicast_group_members", "network_interface_ids"),
    ("register_transit_gateway_multicast_group_sources", "network_interface_ids"),
    ("start_change_request_execution", "runbooks"),
];

/// An operation that affects more resources than its input tells.
struct Hidden {
    operation: &'static str,
    /// The parameter that makes it so; any value except `false`. Without one, every call.
    parameter: Option<&'static str>,
    affects: &'static str,
}

const fn hidden(operation: &'static str, parameter: Option<&'static str>, affects: &'static str) -> Hidden {
    Hidden { operation, parameter, affects }
}

const HIDDEN: &[Hidden] = &[
    hidden("cancel_capacity_reservation_fleets", None, "all reservations of each fleet"),
    hidden("cancel_spot_fleet_requests", Some("terminate_instances"), "all instances of each fleet"),
    hidden("create_association", Some("target_locations"), "the targets in other accounts and regions"),
    hidden("create_snapshots", None, "all volumes of the instance"),
    hidden("delete_fleets", Some("terminate_instances"), "all instances of each fleet"),
    hidden("purchase_capacity_block", None, "as many instances as the offering has"),
    hidden("purchase_capacity_block_extension", None, "as many instances as the capacity block has"),
    hidden("start_associations_once", None, "the targets of each association"),
    hidden("start_automation_execution", Some("target_locations"), "the targets in other accounts and regions"),
    hidden("start_automation_execution", Some("target_locations_url"), "the targets in other accounts and regions"),
    hidden("start_automation_execution", Some("target_maps"), "the resources of each map"),
    hidden("update_association", Some("target_locations"), "the targets in other accounts and regions"),
];

/// Returns the number of resources that a change is about: at least 1.
pub fn amount(operation: &Operation, input: &Map) -> usize {
    if operation.risk == Risk::Read {
        return 0;
    }
    let listed = LISTS.iter().filter(|(name, _)| *name == operation.name).map(|(_, list)| length(input.get(list)));
    let of_input = listed.chain([counted_in(&input.0), batch(operation, input)]).max().unwrap_or_default();
    targets(operation, input).len().max(of_input).max(1)
}

/// Returns what a call affects beyond its input, in words; `None` if its amount is known.
pub(super) fn hidden_amount(operation: &Operation, input: &Map) -> Option<&'static str> {
    let is_so = |hidden: &&Hidden| {
        let is_given = |name| !matches!(input.get(name), None | Some(Value::Nil | Value::Bool(false)));
        hidden.operation == operation.name && hidden.parameter.is_none_or(is_given)
    };
    HIDDEN.iter().find(is_so).map(|hidden| hidden.affects)
}

/// Returns the number of items in the longest list of an operation on many resources, such as `delete_objects`, in a
/// service whose lists have no entries in [`LISTS`]. Its name has `batch` or is a plural.
fn batch(operation: &Operation, input: &Map) -> usize {
    let name = operation.name;
    let is_batch = name.contains("batch") || name.ends_with('s') && !name.ends_with("ss") && !name.ends_with("us");
    if !is_batch || BASIC_SERVICES.contains(&operation.service_name()) {
        return 0;
    }
    input.0.iter().map(|(name, value)| listed_in(name, value)).max().unwrap_or_default()
}

/// Adds up the items of the lists in a value. The items of `request_items` are lists by table.
fn listed_in(name: &str, value: &Value) -> usize {
    match value {
        _ if name.starts_with("tag") => 0,
        Value::List(items) => items.len(),
        Value::Map(map) => map.0.iter().map(|(name, value)| listed_in(name, value)).fold(0, usize::saturating_add),
        _ => 0,
    }
}

fn length(list: Option<&Value>) -> usize {
    match list {
        Some(Value::List(items)) => items.len(),
        _ => 0,
    }
}

/// Adds up the numbers of resources in the fields and below them.
fn counted_in(fields: &[(String, Value)]) -> usize {
    let count = |(name, value): &(String, Value)| match value {
        Value::Integer(count) if [COUNTS, COUNTS_OF_OTHERS].iter().any(|known| known.contains(&name.as_str())) => {
            usize::try_from(*count).unwrap_or_default()
        }
        Value::Map(map) => counted_in(&map.0),
        Value::List(items) => {
            items.iter().map(|item| if let Value::Map(map) = item { counted_in(&map.0) } else { 0 }).sum()
        }
        _ => 0,
    };
    fields.iter().map(count).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use moonfleet_bindings::SERVICES;
    use moonfleet_client::by_name::{list, map, named};
    use moonfleet_core::{Shape, Type};

    use super::*;
    use crate::guard::targets::{creates, is_target};

    /// Fields whose name looks like a number of resources and is none: parts of one resource, bounds, shares of a
    /// total that is counted.
    const NOT_COUNTS: &[&str] = &[
        "core_count",
        "count",
        "ena_queue_count",
        "http_put_response_hop_limit",
        "instance_pools_to_use_count",
        "ipv4_prefix_count",
        "ipv6_address_count",
        "ipv6_prefix_count",
        "min_count",
        "min_target_capacity",
        "on_demand_target_capacity",
        "partition_count",
        "private_ip_address_count",
        "secondary_private_ip_address_count",
        "spot_target_capacity",
    ];

    /// Lists that are parts or properties of one resource. `purchase_requests` has numbers inside, `targets` are
    /// selectors, and `target_locations` and `target_maps` are in [`HIDDEN`].
    const PARTS: &[&str] = &[
        "account_ids",
        "account_ids_to_add",
        "account_ids_to_remove",
        "activate_tag_keys",
        "add_allocation_resource_tags",
        "add_allowed_principals",
        "add_availability_zones",
        "add_entries",
        "add_network_services",
        "add_operating_regions",
        "add_organizational_unit_exclusions",
        "add_supported_ip_address_types",
        "add_supported_regions",
        "additional_accounts",
        "allocation_resource_tags",
        "allocation_rules",
        "allowed_cidrs",
        "approved_patches",
        "asns",
        "attachments",
        "authentication_options",
        "availability_zone_addresses",
        "availability_zone_ids",
        "availability_zones",
        "billing_products",
        "block_device_mappings",
        "client_id_list",
        "cloud_providers",
        "configuration",
        "connection_events",
        "deactivate_tag_keys",
        "dhcp_configurations",
        "disallowed_cidrs",
        "disk_containers",
        "disk_images",
        "dns_servers",
        "elastic_gpu_specification",
        "elastic_inference_accelerators",
        "entries",
        "exclude_paths",
        "filters",
        "gateway_load_balancer_arns",
        "groups",
        "health_check_paths",
        "image_criteria",
        "inside_cidr_blocks",
        "instance_type_specifications",
        "ip_permissions",
        "ipv4_prefixes",
        "ipv6_addresses",
        "ipv6_prefixes",
        "keys",
        "keys_to_delete",
        "labels",
        "launch_template_configs",
        "license_specifications",
        "match_paths",
        "metrics",
        "middlebox_attachment_ids",
        "nat_gateway_rules",
        "network_interfaces",
        "network_load_balancer_arns",
        "notifications",
        "operating_regions",
        "operational_data_to_delete",
        "pool_tag_specifications",
        "price_schedules",
        "private_ip_addresses",
        "product_codes",
        "purchase_requests",
        "reason_codes",
        "registration_metadata",
        "rejected_patches",
        "related_ops_items",
        "remove_allocation_resource_tags",
        "remove_allowed_principals",
        "remove_availability_zones",
        "remove_entries",
        "remove_fields",
        "remove_network_services",
        "remove_operating_regions",
        "remove_organizational_unit_exclusions",
        "remove_supported_ip_address_types",
        "remove_supported_regions",
        "requires",
        "resource_types",
        "route_table_ids",
        "rules",
        "s3_object_tags",
        "secondary_allocation_ids",
        "secondary_interfaces",
        "secondary_private_ip_addresses",
        "security_group_ids",
        "security_group_rule_descriptions",
        "security_group_rules",
        "security_groups",
        "sources",
        "subnet_configurations",
        "subnet_ids",
        "supported_ip_address_types",
        "supported_regions",
        "tag_field_specifications",
        "tag_keys",
        "tag_specifications",
        "tags",
        "target_configurations",
        "target_locations",
        "target_maps",
        "target_tag_associations",
        "targets",
        "thumbprint_list",
        "time_ranges",
        "user_groups",
    ];

    fn changes() -> impl Iterator<Item = &'static Operation> {
        SERVICES.iter().flat_map(|service| service.operations()).filter(|operation| operation.risk != Risk::Read)
    }

    /// The integers of a structure, at any depth.
    fn integers(shape: &'static Shape, seen: &mut Vec<&'static Shape>, found: &mut BTreeSet<&'static str>) {
        if seen.iter().any(|known| std::ptr::eq(*known, shape)) {
            return;
        }
        seen.push(shape);
        for field in shape.fields {
            if matches!(field.ty, Type::Integer | Type::Long) {
                found.insert(field.name());
            }
            if let Some(inner) = field.ty.structure() {
                integers(inner, seen, found);
            }
        }
    }

    #[test]
    fn each_field_that_looks_like_a_number_of_resources_is_decided() {
        let (mut seen, mut found) = (Vec::new(), BTreeSet::new());
        changes().for_each(|operation| integers(operation.input(), &mut seen, &mut found));
        let looks_like_count = |name: &&&str| {
            ["count", "capacity", "quantity", "limit", "total", "amount"].iter().any(|part| name.contains(part))
        };
        let undecided: Vec<_> = found
            .iter()
            .filter(looks_like_count)
            .filter(|name| !COUNTS.contains(name) && !NOT_COUNTS.contains(name))
            .collect();
        assert_eq!(undecided, Vec::<&&str>::new(), "add them to COUNTS or NOT_COUNTS");
        let unused: Vec<_> = COUNTS.iter().chain(NOT_COUNTS).filter(|name| !found.contains(*name)).collect();
        assert_eq!(unused, Vec::<&&str>::new(), "no change has these");
    }

    #[test]
    fn each_list_is_decided() {
        let is_counted = |operation: &Operation, name: &str| LISTS.contains(&(operation.name, name));
        let mut undecided = BTreeSet::new();
        let mut used = BTreeSet::new();
        for operation in changes() {
            for field in operation.input().fields.iter().filter(|field| matches!(field.ty, Type::List(_))) {
                let name = field.name();
                let is_named = !creates(operation) && is_target(operation, name);
                if is_named || is_counted(operation, name) {
                    continue;
                }
                match PARTS.contains(&name) {
                    true => used.insert(name),
                    false => undecided.insert(name),
                };
            }
        }
        assert_eq!(undecided, BTreeSet::new(), "add them to LISTS with their operation, or to PARTS");
        let unused: Vec<_> = PARTS.iter().filter(|name| !used.contains(*name)).collect();
        assert_eq!(unused, Vec::<&&str>::new(), "no change has these");
    }

    #[test]
    fn each_name_in_the_tables_exists() {
        for (name, list) in LISTS {
            assert!(changes().any(|o| o.name == *name && o.input().field(list).is_some()), "{name} {list}");
        }
        for hidden in HIDDEN {
            let has = |o: &Operation| hidden.parameter.is_none_or(|parameter| o.input().field(parameter).is_some());
            assert!(
                changes().any(|o| o.name == hidden.operation && has(o)),
                "{} {:?}",
                hidden.operation,
                hidden.parameter
            );
        }
    }

    #[test]
    fn a_change_counts_its_targets_its_list_or_its_number() {
        let of = |service: &str, operation: &str, input: Map| amount(named(service, operation).1, &input);
        let number = |name: &'static str, count: i64| map([(name, Value::Integer(count))]);
        assert_eq!(of("ec2", "run_instances", number("max_count", 7)), 7);
        assert_eq!(of("ec2", "allocate_hosts", number("quantity", 40)), 40);
        assert_eq!(of("ec2", "create_capacity_reservation", number("instance_count", 1000)), 1000);
        assert_eq!(of("ec2", "request_spot_instances", number("instance_count", 9)), 9);
        assert_eq!(of("ec2", "request_spot_instances", Map::default()), 1);
        let fleet = Value::Map(number("total_target_capacity", 1000));
        assert_eq!(of("ec2", "create_fleet", map([("target_capacity_specification", fleet.clone())])), 1000);
        let modified = map([("fleet_id", "fleet-1".into()), ("target_capacity_specification", fleet)]);
        assert_eq!(of("ec2", "modify_fleet", modified), 1000);
        let spot = Value::Map(number("target_capacity", 50));
        assert_eq!(of("ec2", "request_spot_fleet", map([("spot_fleet_request_config", spot)])), 50);
        let requests =
            Value::List(vec![Value::Map(number("instance_count", 2)), Value::Map(number("instance_count", 3))]);
        assert_eq!(of("ec2", "purchase_scheduled_instances", map([("purchase_requests", requests)])), 5);
        let ids = |count: usize| list(&(0..count).map(|n| format!("h-{n}")).collect::<Vec<_>>());
        assert_eq!(of("ec2", "purchase_host_reservation", map([("host_id_set", ids(3))])), 3);
        assert_eq!(of("ec2", "terminate_instances", map([("instance_ids", ids(4))])), 4);
        assert_eq!(of("ec2", "enable_ebs_encryption_by_default", Map::default()), 1);
        assert_eq!(of("ec2", "describe_instances", map([("instance_ids", ids(4))])), 0);
        assert_eq!(of("autoscaling", "set_desired_capacity", number("desired_capacity", 30)), 30);
        assert_eq!(of("ecs", "update_service", number("desired_count", 12)), 12);
    }

    #[test]
    fn a_batch_counts_its_longest_list() {
        let of = |service: &str, operation: &str, input: Map| amount(named(service, operation).1, &input);
        let items = |count: usize| Value::List(vec![Value::Map(map([("key", "x".into())])); count]);
        let objects = Value::Map(map([("objects", items(1000)), ("quiet", Value::Bool(true))]));
        assert_eq!(of("s3", "delete_objects", map([("bucket", "reports".into()), ("delete", objects)])), 1000);
        let tables = Value::Map(map([("orders", items(20)), ("users", items(5))]));
        assert_eq!(of("dynamodb", "batch_write_item", map([("request_items", tables)])), 25);
        let changes = Value::Map(map([("changes", items(7))]));
        assert_eq!(of("route53", "change_resource_record_sets", map([("change_batch", changes)])), 7);
        let one = map([("bucket", "reports".into()), ("key", "x".into())]);
        assert_eq!(of("s3", "delete_object", one), 1);
    }
}
