//! The order of columns: the most important fields of a record come first, which are its name, its own id,
//! its state, its type and its location. The declarations show which id is a record's own, and not the id of
//! a related resource: the name of the structure with these fields is the name of the resource.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::OnceLock;

use heck::ToSnakeCase as _;
use moonfleet_core::Shape;

/// The important fields, in order; AWS's own order is alphabetical. `*` matches any beginning; `~` is the name
/// of the resource.
const IMPORTANT: &[&str] = &[
    "severity",
    "finding",
    "name",
    "~name",
    "~id",
    "id",
    "key",
    "value",
    "code",
    "message",
    "document_name",
    "account",
    "region",
    "state",
    "status",
    "ping_status",
    "*_status",
    "~type",
    "type",
    "private_ip_address",
    "public_ip_address",
    "ip_address",
    "cidr_block",
    "availability_zone",
    "placement",
    "size",
    "*_size",
    "version",
    "platform_name",
    "computer_name",
    "progress",
    "volume_id",
    "vpc_id",
    "*_name",
    "*_time",
    "*_date",
    "*_count",
    "description",
    "comment",
    "*_id",
    "*_type",
    "*_version",
];

/// Lists the structures in answers; unset until [`set_answer_shapes`].
static ANSWER_SHAPES: OnceLock<fn() -> Vec<&'static Shape>> = OnceLock::new();

/// Sets the function that lists the structures in answers. It is called when the first records are shown. Without
/// it, the own ids and names of records are not recognized.
pub fn set_answer_shapes(shapes: fn() -> Vec<&'static Shape>) {
    // Only the first call counts: all machines of a process have the same bindings.
    let _ = ANSWER_SHAPES.set(shapes);
}

#[cfg(not(test))]
fn answer_shapes() -> Option<fn() -> Vec<&'static Shape>> {
    ANSWER_SHAPES.get().copied()
}

/// All tests of this crate see the shapes of the bindings, in any order of the tests.
#[cfg(test)]
fn answer_shapes() -> Option<fn() -> Vec<&'static Shape>> {
    Some(moonfleet_bindings::answer_shapes)
}

/// Sorts the names of a record's fields, the most important ones first; the others stay in order.
pub fn sort(names: &mut [String]) {
    let known: HashSet<&str> = names.iter().map(String::as_str).collect();
    let own = StructureKind::best_match(&known).map_or(&[][..], |kind| &kind.own);
    names.sort_by_cached_key(|name| {
        IMPORTANT.iter().position(|pattern| matches(name, pattern, own)).unwrap_or(IMPORTANT.len())
    });
}

/// Returns the name of a record's own id: `volume_id`, and not `instance_id`, of a volume.
pub fn own_id<'a>(names: &HashSet<&'a str>) -> Option<&'a str> {
    let kind = StructureKind::best_match(names)?;
    kind.own.iter().find(|own| own.ends_with("_id")).and_then(|own| names.get(own)).copied()
}

fn matches(name: &str, pattern: &str, own: &[&str]) -> bool {
    match pattern.strip_prefix('~') {
        Some(end) => own.contains(&name) && name.ends_with(end),
        None => pattern.strip_prefix('*').map_or(name == pattern, |end| name.ends_with(end)),
    }
}

/// A structure, and its fields that begin with its own name: `volume_id` and `volume_type` in a `Volume`,
/// `group_name` in a `SecurityGroup`.
struct StructureKind {
    shape: &'static Shape,
    own: Vec<&'static str>,
}

impl StructureKind {
    /// Returns the structure with the most of these fields and the fewest others.
    fn best_match(names: &HashSet<&str>) -> Option<&'static StructureKind> {
        static KINDS: OnceLock<Vec<StructureKind>> = OnceLock::new();
        let shapes = answer_shapes()?;
        let all = KINDS.get_or_init(|| shapes().into_iter().map(StructureKind::new).collect());
        all.iter().max_by_key(|kind| {
            let common = kind.shape.names().filter(|name| names.contains(name)).count();
            let has_own = kind.own.iter().any(|own| names.contains(own));
            (common, has_own, Reverse(kind.shape.fields.len()))
        })
    }

    fn new(shape: &'static Shape) -> Self {
        let name = shape.name.to_snake_case();
        let words: Vec<&str> = name.split('_').collect();
        let parts = (0..words.len()).flat_map(|from| (from + 1..=words.len()).map(move |to| (from, to)));
        let nouns: Vec<String> = parts.map(|(from, to)| words[from..to].join("_")).collect();
        let is_own = |field: &&str| {
            let noun = field.strip_suffix("_id").or(field.strip_suffix("_name")).or(field.strip_suffix("_type"));
            noun.is_some_and(|noun| nouns.iter().any(|own| own == noun))
        };
        StructureKind { shape, own: shape.names().filter(is_own).collect() }
    }
}

#[cfg(test)]
mod tests {
    use moonfleet_bindings::structures;

    use super::*;

    /// Returns the first fields of the structure that an operation lists.
    fn leading(service: &str, operation: &str, many: usize) -> Vec<String> {
        let service = moonfleet_bindings::service(service).expect("a service");
        let shape = structures(service.operation(operation).expect("an operation")).last().expect("a structure");
        let mut names: Vec<String> = shape.names().map(str::to_owned).collect();
        names.sort();
        sort(&mut names);
        names.truncate(many);
        names
    }

    #[test]
    fn names_ids_and_states_come_first() {
        for (service, operation, first) in [
            (
                "ec2",
                "describe_instances",
                "instance_id state instance_type private_ip_address public_ip_address placement",
            ),
            ("ec2", "describe_volumes", "volume_id state volume_type availability_zone size"),
            ("ec2", "describe_snapshots", "snapshot_id state availability_zone volume_size progress volume_id"),
            ("ec2", "describe_images", "name image_id state image_type"),
            ("ec2", "describe_security_groups", "group_name group_id vpc_id description"),
            ("ec2", "describe_vpcs", "vpc_id state cidr_block"),
            ("ec2", "describe_subnets", "subnet_id state"),
            ("iam", "list_users", "user_name user_id create_date"),
            ("iam", "list_roles", "role_name role_id create_date description"),
            ("iam", "list_policies", "policy_name policy_id create_date"),
            ("ssm", "describe_parameters", "name type version"),
            ("ssm", "list_commands", "command_id document_name status"),
            (
                "ssm",
                "describe_instance_information",
                "name instance_id ping_status association_status ip_address platform_name computer_name",
            ),
        ] {
            let first: Vec<&str> = first.split(' ').collect();
            assert_eq!(leading(service, operation, first.len()), first, "{operation}");
        }
    }

    #[test]
    fn records_of_scripts_are_ordered_too() {
        let mut names: Vec<String> =
            ["zebra", "ant", "state", "instance_id", "name"].iter().map(|n| (*n).to_owned()).collect();
        sort(&mut names);
        assert_eq!(names, ["name", "instance_id", "state", "zebra", "ant"]);
    }
}
