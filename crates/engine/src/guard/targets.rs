//! The targets of a change: the resources that its input names and that it changes. A resource
//! that a call only uses, for example the image of a new instance, is not a target.

use std::collections::BTreeMap;

use moonfleet_bindings::{BASIC_SERVICES, Operation, Risk};
use moonfleet_client::by_name::{maps, text, texts};
use moonfleet_core::{Map, Type, Value};

/// A resource as an input names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The name of the parameter without its ending: `instance`, `role`, `policy`.
    pub kind: String,
    pub id: String,
}

/// Tags or groups instead of ids: the service selects the targets when the call is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    pub key: String,
    pub values: Vec<String>,
}

/// Verbs of operations that create a resource. They only use the resources that their input
/// names, except for the operations in [`CHANGING`].
const CREATING_VERBS: &[&str] =
    &["allocate", "copy", "create", "import", "provision", "purchase", "register", "request", "run", "upload"];

/// Operations with such a verb that change the resources that their input names.
const CHANGING: &[&str] = &[
    "create_access_key",
    "create_association",
    "create_association_batch",
    "create_client_vpn_route",
    "create_image",
    "create_launch_template_version",
    "create_local_gateway_route",
    "create_login_profile",
    "create_network_acl_entry",
    "create_policy_version",
    "create_replace_root_volume_task",
    "create_route",
    "create_service_specific_credential",
    "create_tags",
    "create_transit_gateway_route",
    "register_patch_baseline_for_patch_group",
    "register_target_with_maintenance_window",
    "register_task_with_maintenance_window",
    "upload_signing_certificate",
    "upload_ssh_public_key",
];

/// Parameters with the ending of a resource that do not name a target: resources that are only
/// used, zones, people, tokens, parts of a target.
const NOT_TARGETS: &[&str] = &[
    "availability_zone_id",
    "aws_service_name",
    "client_id",
    "command_id",
    "device_name",
    "display_name",
    "document_name",
    "kms_key_id",
    "new_group_name",
    "new_server_certificate_name",
    "new_user_name",
    "service_name",
    "service_role_arn",
    "version_id",
    "version_name",
];

/// Longer texts are contents, not names. Keys of S3 are longer than all other names.
const LONGEST_NAME: usize = 1024;

const ENDINGS: &[&str] = &["_ids", "_id", "_arns", "_arn", "_names", "_name"];

/// Parameters that name resources without one of these endings.
const OTHER_TARGETS: &[&str] =
    &["arn", "group", "instances", "name", "names", "public_ip", "resource", "resources", "serial_number"];

/// Returns the targets of a call, each once and in the order of the input. Reads have none.
pub fn targets(operation: &Operation, input: &Map) -> Vec<Target> {
    if operation.risk == Risk::Read || creates(operation) {
        return Vec::new();
    }
    let mut found = TargetCollector::default();
    for (name, value) in &input.0 {
        match kind(name).filter(|_| is_text(operation, name)) {
            Some(kind) => found.texts(kind, value),
            None => found.ids_within(value),
        }
    }
    match found.targets[..] {
        [] => named_by_all(operation, input).into_iter().collect(),
        _ => found.targets,
    }
}

/// Returns the one resource that all required texts of an input name together, such as a bucket and a key; `None` for
/// inputs without such texts, and for the basic services, whose parameters the tables above cover.
fn named_by_all(operation: &Operation, input: &Map) -> Option<Target> {
    if BASIC_SERVICES.contains(&operation.service_name()) {
        return None;
    }
    let names = input.0.iter().filter_map(|(name, value)| match value {
        Value::String(text) if text.len() <= LONGEST_NAME => {
            operation.input().field(name).filter(|field| field.required && !field.secret).map(|_| text.as_str())
        }
        _ => None,
    });
    let id = names.collect::<Vec<_>>().join(" ");
    let kind = operation.name.split_once('_').map_or(operation.name, |(_, noun)| noun);
    (!id.is_empty()).then(|| Target { kind: kind.to_owned(), id })
}

/// Whether the operation creates a resource and leaves those that its input names as they are.
pub fn creates(operation: &Operation) -> bool {
    is_creating(operation) && !CHANGING.contains(&operation.name)
}

/// Whether the parameter names targets.
#[cfg(test)]
pub(super) fn is_target(operation: &Operation, parameter: &str) -> bool {
    kind(parameter).is_some() && is_text(operation, parameter)
}

/// Returns the selectors of a call, at any depth. Systems Manager's operations take them instead of ids. In other
/// services `targets` are something else, for example the receivers of notifications.
pub fn selectors(operation: &Operation, input: &Map) -> Vec<Selector> {
    let mut found = Vec::new();
    if operation.risk != Risk::Read && operation.service_name() == "ssm" {
        collect_selectors(input, &mut found);
    }
    found
}

fn collect_selectors(input: &Map, found: &mut Vec<Selector>) {
    for (name, value) in &input.0 {
        if name == "targets" {
            found.extend(maps(value.clone()).into_iter().filter_map(selector));
            continue;
        }
        match value {
            Value::Map(inner) => collect_selectors(inner, found),
            Value::List(items) => items.iter().for_each(|item| {
                if let Value::Map(inner) = item {
                    collect_selectors(inner, found);
                }
            }),
            _ => {}
        }
    }
}

/// Returns the selector in an item of `targets`; `None` if the item names its targets: by ids, or by what a
/// document's parameter holds.
fn selector(mut item: Map) -> Option<Selector> {
    let selector = Selector { key: text(&item, "key"), values: texts(item.take("values")) };
    let names = selector.key.eq_ignore_ascii_case(INSTANCE_IDS) && !selector.values.iter().any(|id| id == ALL_NODES);
    (!names && selector.key != "ParameterValues").then_some(selector)
}

/// The key whose values are ids, and the value that selects every managed node.
pub(super) const INSTANCE_IDS: &str = "InstanceIds";
const ALL_NODES: &str = "*";

fn is_creating(operation: &Operation) -> bool {
    let verb = operation.name.split('_').next().unwrap_or_default();
    CREATING_VERBS.contains(&verb)
}

fn is_text(operation: &Operation, name: &str) -> bool {
    let ty = operation.input().field(name).map(|field| &field.ty);
    matches!(ty, Some(Type::String | Type::List(Type::String)))
}

/// Returns the kind in a parameter's name (`instance` for `instance_ids`); `None` if the parameter
/// names no target.
fn kind(name: &str) -> Option<&str> {
    if NOT_TARGETS.contains(&name) {
        return None;
    }
    if OTHER_TARGETS.contains(&name) {
        return Some(name);
    }
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending))
}

#[derive(Default)]
struct TargetCollector {
    targets: Vec<Target>,
}

impl TargetCollector {
    fn texts(&mut self, kind: &str, value: &Value) {
        match value {
            Value::String(id) => self.add(kind, id),
            Value::List(items) => items.iter().for_each(|item| self.texts(kind, item)),
            _ => {}
        }
    }

    /// Collects texts with the form of an id or an ARN. Below the top level of an input, names of
    /// parameters do not tell.
    fn ids_within(&mut self, value: &Value) {
        match value {
            Value::String(text) if looks_like_id(text) || text.starts_with("arn:") => self.add("resource", text),
            Value::List(items) => items.iter().for_each(|item| self.ids_within(item)),
            Value::Map(map) => map.0.iter().for_each(|(_, value)| self.ids_within(value)),
            _ => {}
        }
    }

    fn add(&mut self, kind: &str, id: &str) {
        if !self.targets.iter().any(|target| target.id == id) {
            let kind = prefix(id).and_then(kind_of).unwrap_or(kind);
            self.targets.push(Target { kind: kind.to_owned(), id: id.to_owned() });
        }
    }
}

/// Returns the kind for the prefix of an EC2 id. Parameters such as `resources` do not name a kind.
fn kind_of(prefix: &str) -> Option<&'static str> {
    const KINDS: &[(&str, &str)] = &[
        ("acl", "network_acl"),
        ("ami", "image"),
        ("eipalloc", "allocation"),
        ("eni", "network_interface"),
        ("i", "instance"),
        ("igw", "internet_gateway"),
        ("key", "key_pair"),
        ("lt", "launch_template"),
        ("nat", "nat_gateway"),
        ("rtb", "route_table"),
        ("sg", "group"),
        ("snap", "snapshot"),
        ("subnet", "subnet"),
        ("vol", "volume"),
        ("vpc", "vpc"),
        ("vpce", "vpc_endpoint"),
    ];
    KINDS.iter().find(|(known, _)| *known == prefix).map(|(_, kind)| *kind)
}

/// Returns `i` for `i-0123456789abcdef0`; `None` for other texts.
pub(super) fn prefix(id: &str) -> Option<&str> {
    let (prefix, number) = id.rsplit_once('-')?;
    let is_number = matches!(number.len(), 8 | 17) && number.bytes().all(|b| b.is_ascii_hexdigit());
    let is_word =
        !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (is_number && is_word).then_some(prefix)
}

pub fn looks_like_id(text: &str) -> bool {
    prefix(text).is_some()
}

/// Groups ids by kind.
pub fn by_kind(targets: &[Target]) -> BTreeMap<&str, Vec<String>> {
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for target in targets {
        kinds.entry(&target.kind).or_default().push(target.id.clone());
    }
    kinds
}

#[cfg(test)]
mod tests {
    use moonfleet_bindings::SERVICES;

    use super::*;
    use moonfleet_client::by_name::{list, map, named};

    fn target_texts(service: &str, operation: &str, input: Map) -> Vec<String> {
        let (_, operation) = named(service, operation);
        targets(operation, &input).into_iter().map(|target| format!("{} {}", target.kind, target.id)).collect()
    }

    fn ids(ids: &[&str]) -> Value {
        list(&ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn named_resources_are_targets() {
        let two = ids(&["i-0123456789abcdef0", "i-0123456789abcdef1", "i-0123456789abcdef0"]);
        assert_eq!(
            target_texts("ec2", "terminate_instances", map([("instance_ids", two.clone())])),
            ["instance i-0123456789abcdef0", "instance i-0123456789abcdef1"]
        );
        let tagged = map([("resources", ids(&["vol-01234567", "my-thing"])), ("tags", Value::List(Vec::new()))]);
        assert_eq!(target_texts("ec2", "create_tags", tagged), ["volume vol-01234567", "resources my-thing"]);
        let attach = map([("role_name", "web".into()), ("policy_arn", "arn:aws:iam::aws:policy/X".into())]);
        assert_eq!(target_texts("iam", "attach_role_policy", attach), ["role web", "policy arn:aws:iam::aws:policy/X"]);
        assert!(
            target_texts("ec2", "describe_instances", map([("instance_ids", two)])).is_empty(),
            "reads have no targets"
        );
    }

    #[test]
    fn resources_that_are_only_used_are_not_targets() {
        let launch = map([("image_id", "ami-01234567".into()), ("subnet_id", "subnet-01234567".into())]);
        assert!(target_texts("ec2", "run_instances", launch).is_empty());
        let send = map([("document_name", "AWS-RunShellScript".into()), ("instance_ids", ids(&["i-01234567"]))]);
        assert_eq!(target_texts("ssm", "send_command", send), ["instance i-01234567"]);
    }

    #[test]
    fn ids_deep_in_an_input_are_targets() {
        let parameters = Value::Map(map([("InstanceId", ids(&["i-01234567", "now"]))]));
        let start = map([("document_name", "AWS-TerminateEC2Instance".into()), ("parameters", parameters)]);
        assert_eq!(target_texts("ssm", "start_automation_execution", start), ["instance i-01234567"]);
    }

    #[test]
    fn required_texts_name_the_resource_of_a_service_without_entries() {
        let object = map([("bucket", "reports".into()), ("key", "2026/a b.csv".into()), ("mfa", "1".into())]);
        assert_eq!(target_texts("s3", "delete_object", object), ["object reports 2026/a b.csv"]);
        let table = map([("table_name", "orders".into())]);
        assert_eq!(target_texts("dynamodb", "delete_table", table), ["table orders"]);
    }

    #[test]
    fn targets_of_other_services_are_no_selectors() {
        let targets = Value::List(vec![Value::Map(map([("target_address", "arn:aws:sns:::x".into())]))]);
        let (_, create) = named("codestar_notifications", "create_notification_rule");
        assert_eq!(selectors(create, &map([("targets", targets)])), []);
    }

    #[test]
    fn tags_and_groups_are_selectors_and_ids_are_not() {
        let target = |key: &str, values: &[&str]| Value::Map(map([("key", key.into()), ("values", ids(values))]));
        let targets = Value::List(vec![target("tag:App", &["App20"]), target("InstanceIds", &["i-01234567"])]);
        let (_, send) = named("ssm", "send_command");
        let input = map([("targets", targets)]);
        assert_eq!(selectors(send, &input), [Selector { key: "tag:App".to_owned(), values: vec!["App20".to_owned()] }]);
        assert_eq!(super::targets(send, &input).len(), 1);
    }

    #[test]
    fn every_listed_name_exists_in_the_declarations() {
        let operations = || SERVICES.iter().flat_map(|service| service.operations());
        let changes = || operations().filter(|operation| operation.risk != Risk::Read);
        for verb in CREATING_VERBS {
            assert!(
                changes().any(|operation| operation.name.split('_').next() == Some(verb)),
                "no operation begins {verb}"
            );
        }
        for name in CHANGING {
            assert!(changes().any(|operation| operation.name == *name && is_creating(operation)), "{name}");
        }
        for name in NOT_TARGETS.iter().chain(OTHER_TARGETS) {
            assert!(changes().any(|operation| operation.input().field(name).is_some()), "no change has {name}");
        }
    }
}
