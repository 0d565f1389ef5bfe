//! What holds for every operation of every service.

use std::collections::HashSet;

use crate::shape::{Field, Shape, Type};
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

/// All structures that inputs and outputs hold, and these themselves.
fn shapes() -> Vec<&'static Shape> {
    fn inner(ty: &Type) -> Option<&'static Shape> {
        match ty {
            Type::Structure(shape) => Some(shape()),
            Type::List(item) | Type::Map(item) => inner(item),
            _ => None,
        }
    }
    let mut found: Vec<&'static Shape> = operations().flat_map(|(_, o)| [o.input, o.output]).collect();
    let mut seen: HashSet<*const Shape> = found.iter().map(|shape| std::ptr::from_ref(*shape)).collect();
    let mut next = 0;
    while let Some(shape) = found.get(next).copied() {
        next += 1;
        let held = shape.fields.iter().filter_map(|field| inner(&field.ty));
        found.extend(held.filter(|shape| seen.insert(std::ptr::from_ref(*shape))));
    }
    found
}

#[test]
fn credentials_are_secret_and_what_names_them_is_not() {
    let credentials = service("sts").and_then(|sts| sts.operation("assume_role")).map(|o| o.output);
    let field = credentials.and_then(|output| output.field("credentials")).expect("assume_role gives credentials");
    let Type::Structure(shape) = field.ty else { panic!("credentials are a structure") };
    let secret: Vec<&str> = shape().fields.iter().filter(|field| field.secret).map(Field::name).collect();
    assert_eq!(secret, ["secret_access_key", "session_token"]);
}

/// A name that says so is believed; the SDK's own marks are not complete.
#[test]
fn what_is_called_a_secret_is_one() {
    const CALLED: [&str; 6] = ["password", "_secret", "secret_key", "private_key", "pre_shared_key", "activation_code"];
    const NAMED_ONLY: [&str; 1] = ["remove_private_key"];
    let shapes = shapes();
    assert!(shapes.len() > 2000, "{}", shapes.len());
    for shape in shapes {
        for field in shape.fields.iter().filter(|field| matches!(field.ty, Type::String | Type::Blob)) {
            let name = field.name();
            let is_called = CALLED.iter().any(|end| name.ends_with(end)) && !NAMED_ONLY.contains(&name);
            assert!(field.secret || !is_called, "{}.{name}", shape.name);
        }
    }
}

/// What answers are made of where nobody asks whether it is secret: rows, and tags as maps.
#[test]
fn lists_of_items_and_maps_of_tags_hide_nothing_as_a_whole() {
    for shape in shapes() {
        let hides = shape.fields.iter().any(|field| field.secret);
        assert!(!hides || shape.pairs().is_none(), "{}", shape.name);
        for field in shape.fields.iter().filter(|field| field.secret) {
            assert!(!matches!(field.ty, Type::List(_)), "{}.{}", shape.name, field.name());
        }
    }
}

#[test]
fn a_parameter_is_secret_by_its_type_in_both_directions() {
    let ssm = |name: &str| service("ssm").and_then(|ssm| ssm.operation(name)).expect("an operation");
    let Some(Type::Structure(parameter)) = at(ssm("get_parameter").output, &["parameter"]) else {
        panic!("a structure")
    };
    for shape in [parameter(), ssm("put_parameter").input] {
        let value = shape.field("value").expect("a value");
        let hides = |ty: Option<&'static str>| shape.hides(value, |beside| ty.filter(|_| beside == "type"));
        assert!(hides(None) && hides(Some("SecureString")) && hides(Some("OfTomorrow")), "{}", shape.name);
        assert!(!hides(Some("String")) && !hides(Some("StringList")), "{}", shape.name);
    }
    let command = at(ssm("send_command").input, &["parameters"]);
    assert!(command.is_some() && !crate::secrets::holds_any(ssm("send_command").input));
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
