//! What holds for every operation of every service.

use crate::shape::{Shape, Type};
use crate::{Operation, Risk, SERVICES, Service, service};

fn operations() -> impl Iterator<Item = (&'static Service, &'static Operation)> {
    SERVICES.iter().flat_map(|service| service.operations.iter().map(|operation| (*service, *operation)))
}

/// The type at the end of a path of fields, walking over lists.
fn at(shape: &'static Shape, path: &[&str]) -> Option<Type> {
    let (first, rest) = path.split_first()?;
    let ty = shape.field(first)?.ty;
    if rest.is_empty() {
        return Some(ty);
    }
    match ty {
        Type::Structure(inner) => at(inner(), rest),
        Type::List(Type::Structure(inner)) => at(inner(), rest),
        _ => None,
    }
}

#[test]
fn operations_are_found_by_their_names() {
    for (service, operation) in operations() {
        let found = service.operation(operation.name).map(|o| o.api_name);
        assert_eq!(found, Some(operation.api_name), "{}.{}", service.name, operation.name);
    }
}

#[test]
fn tokens_are_fields_of_inputs_and_outputs() {
    for (service, operation) in operations() {
        if let Some(pages) = &operation.pages {
            let name = format!("{}.{}", service.name, operation.name);
            assert!(matches!(at(operation.input, &[pages.input]), Some(Type::String)), "{name}: {}", pages.input);
            assert!(matches!(at(operation.output, pages.output), Some(Type::String)), "{name}: {:?}", pages.output);
        }
    }
}

#[test]
fn items_are_lists_of_outputs() {
    for (service, operation) in operations() {
        if let Some(items) = &operation.items {
            let ty = at(operation.output, items.path);
            assert!(matches!(ty, Some(Type::List(_))), "{}.{}: {:?}", service.name, operation.name, items.path);
        }
    }
}

/// What looks is read, what ends is not; the exceptions are the generator's.
#[test]
fn risks_follow_the_verbs() {
    for (service, operation) in operations() {
        let name = operation.name;
        if name.starts_with("describe_") || name.starts_with("list_") {
            assert_eq!(operation.risk, Risk::Read, "{}.{name}", service.name);
        }
        if ["create_", "run_", "put_", "modify_", "update_"].iter().any(|verb| name.starts_with(verb)) {
            assert_eq!(operation.risk, Risk::Write, "{}.{name}", service.name);
        }
        if name.starts_with("terminate_") || name.starts_with("delete_") && name != "delete_tags" {
            assert_eq!(operation.risk, Risk::Destroy, "{}.{name}", service.name);
        }
    }
}

#[test]
fn credentials_are_secret() {
    let credentials = service("sts").and_then(|sts| sts.operation("assume_role")).map(|o| o.output);
    let field = credentials.and_then(|output| output.field("credentials")).expect("assume_role gives credentials");
    let Type::Structure(shape) = field.ty else { panic!("credentials are a structure") };
    assert!(shape().field("secret_access_key").expect("a key").secret);
}

#[test]
fn rust_keywords_are_plain_names() {
    let shape = service("ec2").and_then(|ec2| ec2.operation("create_fleet")).expect("an operation").input;
    assert!(shape.field("type").is_some());
    assert!(shape.names().all(|name| !name.contains('#')));
}

#[test]
fn required_fields_and_enumerations_are_known() {
    let send = service("ssm").and_then(|ssm| ssm.operation("send_command")).expect("an operation").input;
    assert!(send.field("document_name").expect("a field").required);
    assert!(!send.field("comment").expect("a field").required);
    let Type::Enumeration(hash) = send.field("document_hash_type").expect("a field").ty else {
        panic!("a hash type is one of several")
    };
    assert!(hash.values.contains(&"Sha256"));
}
