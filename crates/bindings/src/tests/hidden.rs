//! Redaction of inputs.

use moonfleet_core::{Map, Type, Value};

use crate::secrets::hidden;
use crate::{SERVICES, service};

const CANARY: &str = "canary";

fn put_parameter(kind: Option<&str>) -> Value {
    let put = service("ssm").and_then(|ssm| ssm.operation("put_parameter")).expect("an operation");
    let kind = kind.map(|kind| ("type".to_owned(), Value::from(kind)));
    let input = [("name".to_owned(), "/db".into()), ("value".to_owned(), CANARY.into())];
    hidden(put, &input.into_iter().chain(kind).collect()).take("value")
}

#[test]
fn parameters_are_secret_unless_their_type_is_plain() {
    assert_eq!(put_parameter(Some("String")), CANARY.into());
    assert_eq!(put_parameter(Some("StringList")), CANARY.into());
    assert!(matches!(put_parameter(Some("SecureString")), Value::Secret(_)));
    assert!(matches!(put_parameter(None), Value::Secret(_)));
}

/// Returns a value with the canary in the place of every declared secret.
fn planted(ty: &Type, secret: bool, depth: usize) -> Value {
    match ty {
        _ if secret => CANARY.into(),
        Type::Structure(shape) if depth < 6 => {
            let fields = shape.get().fields.iter().filter(|field| field.name() != "type");
            Value::Map(fields.map(|f| (f.name().to_owned(), planted(&f.ty, f.secret, depth + 1))).collect())
        }
        Type::List(item) => Value::List(vec![planted(item, false, depth)]),
        Type::Map(item) => Value::Map(Map(vec![("name".to_owned(), planted(item, false, depth))])),
        _ => Value::Nil,
    }
}

#[test]
fn all_secrets_in_inputs_are_hidden() {
    let mut seen = 0;
    for operation in SERVICES.iter().flat_map(|service| service.operations()) {
        let fields = operation.input().fields.iter();
        let input: Map = fields.map(|f| (f.name().to_owned(), planted(&f.ty, f.secret, 0))).collect();
        seen += usize::from(format!("{input:?}").contains(CANARY));
        let shown = format!("{:?}", hidden(operation, &input));
        assert!(!shown.contains(CANARY), "{}: {shown}", operation.name);
    }
    assert!(seen > 20, "only {seen} operations take secrets");
}
