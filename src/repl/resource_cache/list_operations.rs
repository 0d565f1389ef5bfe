//! Finds the operation that lists the possible values of a parameter. There is no table of these: the name of a
//! parameter names a kind of resource, the name of an operation names the kind that it lists, and the declarations
//! name the field.

use moonfleet_bindings::{Operation, Risk, SERVICES, Service};
use moonfleet_client::by_name::map;
use moonfleet_core::{Map, Shape, Type, Value};
use moonfleet_engine::guard::targets::creates;

/// An operation that lists the possible values of a parameter.
#[derive(Clone, Copy)]
pub struct ListOperation {
    pub service: &'static Service,
    pub operation: &'static Operation,
    /// The field of an item with the value for the parameter.
    pub field: &'static str,
    /// The field of an item with its name, if that is another field, and not a tag.
    pub name: Option<&'static str>,
}

const SUFFIXES: [&str; 6] = ["_ids", "_id", "_arns", "_arn", "_names", "_name"];

/// Parameters that name the operation's own kind of resource.
const OWN_KIND: [&str; 5] = ["arn", "name", "names", "group", "resource_group"];

impl ListOperation {
    /// Finds the list operation for a parameter of an operation: `instance_ids` takes ids of instances.
    pub fn for_parameter(
        service: &'static Service,
        operation: &'static Operation,
        parameter: &str,
    ) -> Option<ListOperation> {
        let own = noun(operation.name);
        let (kind, ending) = match parts(parameter) {
            _ if OWN_KIND.contains(&parameter) => (own.clone(), singular(parameter)),
            Some(parts) => parts,
            None => (singular(parameter), "_name".to_owned()),
        };
        // The name of a new resource does not exist yet.
        if creates(operation) && kind == own || parameter.starts_with("new_") {
            return None;
        }
        let own = longer(&own, &kind).and_then(|kind| ListOperation::find_in_service(service, kind, &ending));
        own.or_else(|| ListOperation::find(Some(service), &kind, &ending))
            .or_else(|| ListOperation::find_longer_noun(service, &kind, &ending))
    }

    /// Finds the list operation for a parameter of the program's own functions, or for a filter of that name.
    pub fn for_name(parameter: &str) -> Option<ListOperation> {
        match parts(parameter) {
            Some((kind, ending)) => ListOperation::find(None, &kind, &ending),
            None => ListOperation::find(None, &singular(parameter), "_name"),
        }
    }

    /// Searches the service first, then the others. A kind of another service must be unique, because several services
    /// have, for example, groups. If nothing lists `service_role`, this searches for `role`.
    fn find(preferred: Option<&'static Service>, kind: &str, ending: &str) -> Option<ListOperation> {
        let mut kind = Some(kind).filter(|kind| !kind.is_empty());
        while let Some(noun) = kind {
            let find_in_service = |service| ListOperation::find_in_service(service, noun, ending);
            if let Some(own) = preferred.and_then(find_in_service) {
                return Some(own);
            }
            let mut others = SERVICES.iter().copied().filter_map(find_in_service);
            if let Some(found) = others.next() {
                return others.next().is_none().then_some(found);
            }
            kind = noun.split_once('_').map(|(_, rest)| rest);
        }
        None
    }

    /// Searches kinds that begin with this one: a `key` is a `key_pair`.
    fn find_longer_noun(service: &'static Service, kind: &str, ending: &str) -> Option<ListOperation> {
        let nouns = service.operations().iter().map(|operation| noun(operation.name));
        let longer = nouns.filter(|noun| noun.strip_prefix(kind).is_some_and(|rest| rest.starts_with('_')));
        let mut found = longer.filter_map(|noun| ListOperation::listing(service, &noun, &[format!("{kind}{ending}")]));
        found.next()
    }

    fn find_in_service(service: &'static Service, kind: &str, ending: &str) -> Option<ListOperation> {
        ListOperation::listing(service, kind, &field_names(kind, ending))
    }

    /// Returns the operation of a service that lists a kind and whose items have one of these fields.
    fn listing(service: &'static Service, kind: &str, fields: &[String]) -> Option<ListOperation> {
        let lists = service.operations().iter().filter_map(|operation| {
            let is_list = ["describe_", "list_"].iter().any(|verb| operation.name.starts_with(verb));
            let needs_no_input = operation.input().fields.iter().all(|field| !field.required);
            let is_plain = operation.risk == Risk::Read && !operation.gives_secrets();
            let matches = is_list && is_plain && needs_no_input && noun(operation.name) == kind;
            let item = matches.then(|| item(operation)).flatten()?;
            let is_text = |name: &str| {
                item.field(name).filter(|field| matches!(field.ty, Type::String) && !field.secret).map(|f| f.name())
            };
            let field = fields.iter().find_map(|name| is_text(name))?;
            let name = field_names(kind, "_name").iter().find_map(|name| is_text(name)).filter(|name| *name != field);
            Some(ListOperation { service, operation, field, name })
        });
        lists.min_by_key(|list| list.operation.name.len())
    }

    /// Returns the input of the call. Without an owner, images and snapshots of all accounts are listed, so the account
    /// itself is set.
    pub fn input(&self) -> Map {
        let owner = ["owners", "owner_ids"].into_iter().find(|name| self.operation.input().field(name).is_some());
        map(owner.map(|name| (name, Value::List(vec![Value::from("self")]))))
    }
}

/// Completes a kind from the operation's name: in `authorize_security_group_ingress`, a group is a security group.
fn longer<'a>(own: &'a str, kind: &str) -> Option<&'a str> {
    let at = own.find(&format!("_{kind}"))? + 1 + kind.len();
    own[at..].chars().next().is_none_or(|next| next == '_').then_some(&own[..at])
}

/// Returns possible names of the field in a resource of this kind: `security_group_id`, `group_id`, `id`.
fn field_names(kind: &str, ending: &str) -> Vec<String> {
    let starts = std::iter::once(0).chain(kind.match_indices('_').map(|(at, _)| at + 1));
    let long = starts.map(|at| format!("{}{ending}", &kind[at..]));
    long.chain([ending.trim_start_matches('_').to_owned()]).collect()
}

/// Returns the structure of an operation's items.
fn item(operation: &Operation) -> Option<&'static Shape> {
    let items = operation.items.as_ref()?;
    items.path.iter().try_fold(operation.output(), |shape, step| shape.field(step)?.ty.structure())
}

/// Divides `instance_ids` into `instance` and `_id`.
fn parts(parameter: &str) -> Option<(String, String)> {
    let ending = SUFFIXES.iter().find(|ending| parameter.ends_with(*ending))?;
    Some((parameter.strip_suffix(ending)?.to_owned(), ending.trim_end_matches('s').to_owned()))
}

/// Returns the kind that an operation names: `security_group` for `describe_security_groups`.
fn noun(operation: &str) -> String {
    singular(operation.split_once('_').map_or("", |(_, noun)| noun))
}

fn singular(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if name.ends_with("ss") || name.ends_with("status") => name.to_owned(),
        None if name.ends_with("sses") => name[..name.len() - 2].to_owned(),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moonfleet_client::by_name::named;

    fn found(service: &str, operation: &str, parameter: &str) -> Option<String> {
        let (service, operation) = named(service, operation);
        let list = ListOperation::for_parameter(service, operation, parameter)?;
        Some(format!("{}.{} {}", list.service.name, list.operation.name, list.field))
    }

    #[test]
    fn the_name_of_a_parameter_selects_the_list_operation() {
        for (service, operation, parameter, expected) in [
            ("ec2", "describe_instances", "instance_ids", "ec2.describe_instances instance_id"),
            ("ec2", "attach_volume", "volume_id", "ec2.describe_volumes volume_id"),
            ("ec2", "run_instances", "security_group_ids", "ec2.describe_security_groups group_id"),
            ("ec2", "run_instances", "security_groups", "ec2.describe_security_groups group_name"),
            ("ec2", "describe_security_groups", "group_names", "ec2.describe_security_groups group_name"),
            ("ec2", "authorize_security_group_ingress", "group_id", "ec2.describe_security_groups group_id"),
            ("ec2", "run_instances", "subnet_id", "ec2.describe_subnets subnet_id"),
            ("ec2", "run_instances", "key_name", "ec2.describe_key_pairs key_name"),
            ("ec2", "describe_vpcs", "vpc_ids", "ec2.describe_vpcs vpc_id"),
            ("ec2", "describe_regions", "region_names", "ec2.describe_regions region_name"),
            ("ec2", "copy_image", "source_region", "ec2.describe_regions region_name"),
            ("iam", "get_role", "role_name", "iam.list_roles role_name"),
            ("iam", "attach_user_policy", "user_name", "iam.list_users user_name"),
            ("iam", "attach_user_policy", "policy_arn", "iam.list_policies arn"),
            ("sts", "assume_role", "role_arn", "iam.list_roles arn"),
            ("ssm", "send_command", "instance_ids", "ec2.describe_instances instance_id"),
            ("ssm", "send_command", "service_role_arn", "iam.list_roles arn"),
            ("ssm", "get_parameter", "name", "ssm.describe_parameters name"),
            ("ssm", "get_parameters", "names", "ssm.describe_parameters name"),
            ("resource_groups", "get_group", "group_name", "resource_groups.list_groups group_name"),
        ] {
            assert_eq!(found(service, operation, parameter).as_deref(), Some(expected), "{service}.{operation}");
        }
    }

    #[test]
    fn names_of_new_resources_have_no_list_operation() {
        assert_eq!(found("iam", "create_role", "role_name"), None);
        assert_eq!(found("iam", "update_user", "new_user_name"), None);
        assert_eq!(found("ec2", "run_instances", "group_name"), None, "several kinds are groups");
        assert_eq!(found("ec2", "describe_instances", "max_results"), None);
        assert_eq!(found("ec2", "run_instances", "client_token"), None);
    }

    #[test]
    fn only_images_of_the_account_are_listed() {
        let (ec2, describe) = named("ec2", "describe_images");
        let list = ListOperation::for_parameter(ec2, describe, "image_ids").expect("a list operation");
        assert_eq!(list.input(), map([("owners", Value::List(vec![Value::from("self")]))]));
    }

    #[test]
    fn list_operations_need_no_input() {
        let operations = SERVICES.iter().flat_map(|service| service.operations().iter().map(move |o| (*service, o)));
        let fields = operations.flat_map(|(s, o)| o.input().names().map(move |name| (s, o, name)));
        let lists: Vec<ListOperation> =
            fields.filter_map(|(s, o, name)| ListOperation::for_parameter(s, o, name)).collect();
        assert!(lists.len() > 500, "{}", lists.len());
        for list in lists {
            assert!(!list.operation.gives_secrets() && list.operation.risk == Risk::Read);
            let input = Value::Map(list.input());
            moonfleet_bindings::check(list.service.name, list.operation, input).expect(list.operation.name);
        }
    }
}
