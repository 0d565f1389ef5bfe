//! Invariants of all operations of all services.

use std::collections::HashSet;

use moonfleet_core::{Field, Shape, Type};

use crate::{Operation, Risk, SERVICES, Service, service};

fn operations() -> impl Iterator<Item = (&'static Service, &'static Operation)> {
    SERVICES.iter().flat_map(|service| service.operations().iter().map(|operation| (*service, operation)))
}

/// Returns the type at the end of a path of fields, which can lead through lists.
fn type_at(shape: &'static Shape, path: &[&str]) -> Option<Type> {
    let (first, rest) = path.split_first()?;
    let ty = shape.field(first)?.ty;
    if rest.is_empty() {
        return Some(ty);
    }
    match ty {
        Type::Structure(inner) => type_at(inner.get(), rest),
        Type::List(Type::Structure(inner)) => type_at(inner.get(), rest),
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
            assert!(!pages.tokens.is_empty(), "{name}");
            for token in &pages.tokens {
                let input = type_at(operation.input(), &[token.input]);
                assert!(matches!(input, Some(Type::String)), "{name}: {}", token.input);
                let output = type_at(operation.output(), token.output);
                assert!(matches!(output, Some(Type::String)), "{name}: {:?}", token.output);
            }
        }
    }
}

#[test]
fn items_are_lists_of_outputs() {
    for (service, operation) in operations() {
        if let Some(items) = &operation.items {
            let ty = type_at(operation.output(), items.path);
            assert!(matches!(ty, Some(Type::List(_))), "{}.{}: {:?}", service.name, operation.name, items.path);
        }
    }
}

/// The verbs determine the risk; the exceptions are in the generator.
#[test]
fn the_risk_fits_the_verb() {
    for (service, operation) in operations() {
        let name = operation.name;
        let begins = |verbs: &[&str]| verbs.iter().any(|verb| name.starts_with(verb));
        if begins(&["describe_", "list_"]) {
            assert_eq!(operation.risk, Risk::Read, "{}.{name}", service.name);
        }
        if begins(&["create_", "run_", "start_instances", "put_", "modify_", "update_", "attach_", "send_"]) {
            assert!(operation.risk >= Risk::Write, "{}.{name}", service.name);
        }
        if begins(&["terminate_", "delete_", "release_", "purchase_"]) && name != "delete_tags" {
            assert_eq!(operation.risk, Risk::Destroy, "{}.{name}", service.name);
        }
    }
}

/// Returns all inputs and outputs, and the structures in them.
fn shapes() -> Vec<&'static Shape> {
    let mut found: Vec<&'static Shape> = operations().flat_map(|(_, o)| [o.input(), o.output()]).collect();
    let mut seen: HashSet<*const Shape> = found.iter().map(|shape| std::ptr::from_ref(*shape)).collect();
    let mut next = 0;
    while let Some(shape) = found.get(next).copied() {
        next += 1;
        let held = shape.fields.iter().filter_map(|field| field.ty.structure());
        found.extend(held.filter(|shape| seen.insert(std::ptr::from_ref(*shape))));
    }
    found
}

/// Only operations that change something have a token for idempotency or tags for new resources.
#[test]
fn operations_with_idempotency_tokens_or_tags_are_not_read() {
    let changes = ["client_token", "client_request_token", "idempotency_token", "tag_specifications"];
    let mut seen = 0;
    for (service, operation) in operations() {
        if changes.iter().any(|field| operation.input().field(field).is_some()) {
            assert_ne!(operation.risk, Risk::Read, "{}.{}", service.name, operation.name);
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen}");
}

/// Operations that are called repeatedly must not change anything.
#[test]
fn polled_and_paged_operations_are_read() {
    for (service, operation) in operations() {
        let is_polled = service.waiters().iter().any(|waiter| waiter.operation.name == operation.name);
        if is_polled || operation.pages.is_some() {
            assert_eq!(operation.risk, Risk::Read, "{}.{}", service.name, operation.name);
        }
    }
}

/// A sample of the exceptions; the generator has the reasons.
#[test]
fn misleading_verbs_have_exceptions() {
    let risk = |name: &str| {
        let (service_name, operation) = name.split_once('.').expect("service.operation");
        service(service_name).and_then(|service| service.operation(operation)).expect("an operation").risk
    };
    for name in ["iam.deactivate_mfa_device", "ec2.modify_fleet", "ec2.reject_vpc_peering_connection"] {
        assert_eq!(risk(name), Risk::Destroy, "{name}");
    }
    for name in ["ec2.delete_tags", "ssm.cancel_command", "ec2.stop_instances", "ssm.start_session"] {
        assert_eq!(risk(name), Risk::Write, "{name}");
    }
    for name in ["sts.assume_role", "iam.generate_credential_report", "ssm.get_access_token"] {
        assert_eq!(risk(name), Risk::Read, "{name}");
    }
}

#[test]
fn secrets_in_answers_are_found_at_any_depth() {
    let gives = |service_name: &str, name: &str| {
        let operation = service(service_name).and_then(|service| service.operation(name));
        operation.expect("an operation").gives_secrets()
    };
    // The secret is a field, in a structure, in a list of structures.
    assert!(gives("ec2", "get_password_data") && gives("sts", "assume_role") && gives("ssm", "get_parameters"));
    assert!(gives("iam", "create_access_key") && gives("ssm", "get_access_token"));
    assert!(!gives("ec2", "describe_regions") && !gives("iam", "list_users"));
    assert!(operations().any(|(_, operation)| operation.gives_secrets()));
}

#[test]
fn credentials_are_secret_and_their_ids_are_not() {
    let credentials = service("sts").and_then(|sts| sts.operation("assume_role")).map(|o| o.output());
    let field = credentials.and_then(|output| output.field("credentials")).expect("assume_role gives credentials");
    let Type::Structure(shape) = field.ty else { panic!("credentials are a structure") };
    let secret: Vec<&str> = shape.get().fields.iter().filter(|field| field.secret).map(Field::name).collect();
    assert_eq!(secret, ["secret_access_key", "session_token"]);
}

/// Fields with the name of a secret are secret, because the marks of the SDK are not complete.
#[test]
fn fields_named_like_secrets_are_secret() {
    const SECRET_NAMES: [&str; 6] =
        ["password", "_secret", "secret_key", "private_key", "pre_shared_key", "activation_code"];
    const EXCEPTIONS: [&str; 1] = ["remove_private_key"];
    let shapes = shapes();
    assert!(shapes.len() > 2000, "{}", shapes.len());
    for shape in shapes {
        for field in shape.fields.iter().filter(|field| matches!(field.ty, Type::String | Type::Blob)) {
            let name = field.name();
            let is_named_secret = SECRET_NAMES.iter().any(|end| name.ends_with(end)) && !EXCEPTIONS.contains(&name);
            assert!(field.secret || !is_named_secret, "{}.{name}", shape.name);
        }
    }
}

/// Rows, and tags as maps, are created without checking whether they are secret as a whole.
#[test]
fn lists_and_maps_of_tags_are_not_secret_as_a_whole() {
    for shape in shapes() {
        let hides = shape.fields.iter().any(|field| field.secret);
        assert!(!hides || shape.pairs().is_none(), "{}", shape.name);
        for field in shape.fields.iter().filter(|field| field.secret) {
            assert!(!matches!(field.ty, Type::List(_)), "{}.{}", shape.name, field.name());
        }
    }
}

#[test]
fn parameters_are_secret_by_type_in_inputs_and_outputs() {
    let ssm = |name: &str| service("ssm").and_then(|ssm| ssm.operation(name)).expect("an operation");
    let Some(Type::Structure(parameter)) = type_at(ssm("get_parameter").output(), &["parameter"]) else {
        panic!("a structure")
    };
    for shape in [parameter.get(), ssm("put_parameter").input()] {
        let value = shape.field("value").expect("a value");
        let hides = |ty: Option<&'static str>| shape.hides(value, |sibling| ty.filter(|_| sibling == "type"));
        assert!(hides(None) && hides(Some("SecureString")) && hides(Some("OfTomorrow")), "{}", shape.name);
        assert!(!hides(Some("String")) && !hides(Some("StringList")), "{}", shape.name);
    }
    let command = type_at(ssm("send_command").input(), &["parameters"]);
    assert!(command.is_some() && !ssm("send_command").input().holds_secrets());
}

#[test]
fn names_that_are_rust_keywords_have_no_prefix() {
    let shape = service("ec2").and_then(|ec2| ec2.operation("create_fleet")).expect("an operation").input();
    assert!(shape.field("type").is_some());
    assert!(shape.names().all(|name| !name.contains('#')));
}

#[test]
fn required_fields_and_enumerations_are_known() {
    let send = service("ssm").and_then(|ssm| ssm.operation("send_command")).expect("an operation").input();
    assert!(send.field("document_name").expect("a field").required);
    assert!(!send.field("comment").expect("a field").required);
    let Type::Enumeration(hash) = send.field("document_hash_type").expect("a field").ty else {
        panic!("a hash type is one of several")
    };
    assert!(hash.values.contains(&"Sha256"));
}
