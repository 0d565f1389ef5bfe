//! The resources behind a target that has no tags of its own: a name, an association, an attachment, a rule.
//! The tag that protects them protects it as well.

use std::sync::Arc;

use futures_util::future::try_join_all;
use moonfleet_bindings::Operation;
use moonfleet_client::Session;
use moonfleet_client::by_name::{all_items, list, map, text};
use moonfleet_core::{Error, Map, Value};

use super::protected::unless_not_offered;
use super::targets::{Target, prefix};

/// An operation of EC2 that finds the owners of a target.
struct Lookup {
    operation: &'static str,
    list: &'static str,
    find: By,
    /// Paths in an item of the list to ids of owners.
    owners: &'static [&'static [&'static str]],
}

/// How the operation is given the target.
enum By {
    Filter(&'static str),
    Parameter(&'static str),
}

use By::{Filter, Parameter};

const fn lookup(
    operation: &'static str,
    list: &'static str,
    find: By,
    owners: &'static [&'static [&'static str]],
) -> Lookup {
    Lookup { operation, list, find, owners }
}

const ADDRESS: &[&[&str]] = &[&["allocation_id"], &["instance_id"], &["network_interface_id"]];

/// A word in the operation's name, the kind of the target.
const BY_NAME: &[(&str, &str, Lookup)] = &[
    (
        "security_group",
        "group",
        lookup("describe_security_groups", "security_groups", Filter("group-name"), &[&["group_id"]]),
    ),
    (
        "placement_group",
        "group",
        lookup("describe_placement_groups", "placement_groups", Filter("group-name"), &[&["group_id"]]),
    ),
    ("key_pair", "key", lookup("describe_key_pairs", "key_pairs", Filter("key-name"), &[&["key_pair_id"]])),
    (
        "launch_template",
        "launch_template",
        lookup(
            "describe_launch_templates",
            "launch_templates",
            Filter("launch-template-name"),
            &[&["launch_template_id"]],
        ),
    ),
    ("address", "public_ip", lookup("describe_addresses", "addresses", Filter("public-ip"), ADDRESS)),
];

/// The prefix of the target's id.
const BY_PREFIX: &[(&str, Lookup)] = &[
    (
        "aclassoc",
        lookup("describe_network_acls", "network_acls", Filter("association.association-id"), &[&["network_acl_id"]]),
    ),
    ("eipassoc", lookup("describe_addresses", "addresses", Filter("association-id"), ADDRESS)),
    (
        "eni-attach",
        lookup(
            "describe_network_interfaces",
            "network_interfaces",
            Filter("attachment.attachment-id"),
            &[&["network_interface_id"], &["attachment", "instance_id"]],
        ),
    ),
    (
        "iip-assoc",
        lookup(
            "describe_iam_instance_profile_associations",
            "iam_instance_profile_associations",
            Parameter("association_ids"),
            &[&["instance_id"]],
        ),
    ),
    (
        "rtbassoc",
        lookup(
            "describe_route_tables",
            "route_tables",
            Filter("association.route-table-association-id"),
            &[&["route_table_id"]],
        ),
    ),
    (
        "sgr",
        lookup(
            "describe_security_group_rules",
            "security_group_rules",
            Filter("security-group-rule-id"),
            &[&["group_id"]],
        ),
    ),
    (
        "subnet-cidr-assoc",
        lookup("describe_subnets", "subnets", Filter("ipv6-cidr-block-association.association-id"), &[&["subnet_id"]]),
    ),
    (
        "trunk-assoc",
        lookup(
            "describe_trunk_interface_associations",
            "interface_associations",
            Parameter("association_ids"),
            &[&["branch_interface_id"], &["trunk_interface_id"]],
        ),
    ),
    (
        "vpc-cidr-assoc",
        lookup("describe_vpcs", "vpcs", Filter("cidr-block-association.association-id"), &[&["vpc_id"]]),
    ),
    (
        "vpc-cidr-assoc",
        lookup("describe_vpcs", "vpcs", Filter("ipv6-cidr-block-association.association-id"), &[&["vpc_id"]]),
    ),
];

/// Returns each target of a call to EC2 with the id of each of its owners.
pub(super) async fn owners<'a>(
    session: &Arc<Session>,
    operation: &Operation,
    targets: &[&'a Target],
) -> Result<Vec<(&'a Target, String)>, Error> {
    let lookups = targets.iter().flat_map(|target| lookups(operation, target).map(move |lookup| (*target, lookup)));
    let found = lookups.map(|(target, lookup)| async move {
        let ids = lookup.run(session, &target.id).await?;
        Ok::<_, Error>(ids.into_iter().map(move |id| (target, id)))
    });
    Ok(try_join_all(found).await?.into_iter().flatten().collect())
}

fn lookups(operation: &Operation, target: &Target) -> impl Iterator<Item = &'static Lookup> + use<> {
    let (name, kind, id) = (operation.name, target.kind.clone(), target.id.clone());
    let by_prefix = BY_PREFIX.iter().filter(move |(known, _)| prefix(&id) == Some(*known)).map(|(_, lookup)| lookup);
    let id = target.id.clone();
    let by_name = BY_NAME
        .iter()
        .filter(move |(word, known, _)| name.contains(*word) && kind == *known && prefix(&id).is_none())
        .map(|(.., lookup)| lookup);
    by_prefix.chain(by_name)
}

impl Lookup {
    async fn run(&self, session: &Arc<Session>, target: &str) -> Result<Vec<String>, Error> {
        let values = list(&[target.to_owned()]);
        let input = match self.find {
            Filter(name) => {
                let filter = Value::Map(map([("name", name.into()), ("values", values)]));
                map([("filters", Value::List(vec![filter]))])
            }
            Parameter(name) => map([(name, values)]),
        };
        let found = unless_not_offered(all_items(session, "ec2", self.operation, self.list, input).await)?;
        let items = found.unwrap_or_default();
        let ids = items.iter().flat_map(|item| self.owners.iter().map(|path| at(item, path)));
        Ok(ids.filter(|id| !id.is_empty()).collect())
    }
}

fn at(item: &Map, path: &[&str]) -> String {
    match path {
        [] => String::new(),
        [name] => text(item, name),
        [name, rest @ ..] => match item.get(name) {
            Some(Value::Map(inner)) => at(inner, rest),
            _ => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use moonfleet_bindings::{Risk, SERVICES};
    use moonfleet_client::by_name::named;
    use moonfleet_core::{Shape, Type};

    use super::*;

    fn field(shape: &'static Shape, path: &[&str]) -> Option<Type> {
        let (name, rest) = path.split_first()?;
        let ty = shape.field(name)?.ty;
        if rest.is_empty() { Some(ty) } else { field(ty.structure()?, rest) }
    }

    #[test]
    fn each_lookup_is_an_operation_of_ec2() {
        let all = BY_PREFIX.iter().map(|(_, lookup)| lookup).chain(BY_NAME.iter().map(|(.., lookup)| lookup));
        for lookup in all {
            let (_, operation) = named("ec2", lookup.operation);
            let items = field(operation.output(), &[lookup.list]).and_then(|ty| ty.structure());
            let items = items.unwrap_or_else(|| panic!("{} has no {}", lookup.operation, lookup.list));
            for path in lookup.owners {
                assert!(matches!(field(items, path), Some(Type::String)), "{} {path:?}", lookup.operation);
            }
            let parameter = if let Parameter(name) = lookup.find { name } else { "filters" };
            assert!(operation.input().field(parameter).is_some(), "{} {parameter}", lookup.operation);
        }
    }

    /// A parameter with a name needs a row, or is no name of a resource that the call changes: a resource that is
    /// only used, a new name beside an id, a zone, a domain, an audience.
    #[test]
    fn each_name_of_a_change_is_decided() {
        const NO_OWNER: &[(&str, &str)] = &[
            ("attach_image_watermark", "watermark_name"),
            ("authorize_security_group_egress", "source_security_group_name"),
            ("authorize_security_group_ingress", "source_security_group_name"),
            ("export_image", "role_name"),
            ("modify_address_attribute", "domain_name"),
            ("modify_availability_zone_group", "group_name"),
            ("modify_instance_placement", "group_name"),
            ("modify_managed_prefix_list", "prefix_list_name"),
            ("modify_snapshot_attribute", "group_names"),
            ("modify_vpc_endpoint_service_configuration", "private_dns_name"),
            ("revoke_security_group_egress", "source_security_group_name"),
            ("revoke_security_group_ingress", "source_security_group_name"),
        ];
        let ec2 = SERVICES.iter().find(|service| service.name == "ec2").expect("EC2");
        let mut undecided = Vec::new();
        for operation in ec2.operations().iter().filter(|operation| operation.risk != Risk::Read) {
            for name in operation.input().names() {
                let is_name = name.ends_with("_name") || name.ends_with("_names") || name == "public_ip";
                if !is_name
                    || !crate::guard::targets::is_target(operation, name)
                    || crate::guard::targets::creates(operation)
                {
                    continue;
                }
                let kind = name.trim_end_matches("_names").trim_end_matches("_name");
                let has_row = BY_NAME.iter().any(|(word, known, _)| operation.name.contains(word) && *known == kind);
                if !has_row && !NO_OWNER.contains(&(operation.name, name)) {
                    undecided.push(format!("{}.{name}", operation.name));
                }
            }
        }
        assert_eq!(undecided, Vec::<String>::new());
    }
}
