//! Example calls with all required parameters, made from the declarations. Their values are
//! placeholders in capitals: an example that is run by mistake names no existing resource.

use std::fmt::Write;

use moonfleet_core::{Field, Map, Pairs, Shape, Type, Value};

use crate::tokens::is_name;

/// More levels than the required parameters of any operation have.
const MAX_DEPTH: usize = 8;
const MAX_WIDTH: usize = 80;

/// Returns a call such as `iam.create_user { user_name = "USER_NAME" }`.
pub(super) fn call(name: &str, input: &'static Shape) -> String {
    // The smallest depth also leaves structures that contain themselves as early as possible.
    let map = (0..=MAX_DEPTH).find_map(|deep| required(input, deep)).unwrap_or_default();
    if map.0.is_empty() {
        return format!("{name}()");
    }
    let fields: Vec<String> = map.0.iter().map(|(name, value)| entry(name, value)).collect();
    let line = format!("{name} {{ {} }}", fields.join(", "));
    if line.len() <= MAX_WIDTH {
        return line;
    }
    format!("{name} {{\n  {},\n}}", fields.join(",\n  "))
}

/// Returns the required fields; none if they are deeper than this.
fn required(shape: &'static Shape, deep: usize) -> Option<Map> {
    let fields = shape.fields.iter().filter(|field| field.required);
    fields.map(|field| Some((field.name().to_owned(), value(field.name(), &field.ty, deep)?))).collect()
}

fn value(name: &str, ty: &Type, deep: usize) -> Option<Value> {
    Some(match ty {
        Type::Bool => Value::Bool(true),
        Type::Integer | Type::Long | Type::Number => Value::Integer(1),
        Type::String | Type::Blob => Value::String(placeholder(name)),
        Type::Timestamp => Value::String("2026-01-31T07:00:00Z".to_owned()),
        Type::Enumeration(enumeration) => Value::String((*enumeration.values.first().unwrap_or(&"")).to_owned()),
        Type::Structure(shape) if shape.get().is_attribute_value() => Value::String(placeholder(name)),
        Type::Structure(shape) => Value::Map(structure(shape.get(), deep)?),
        Type::List(item) => match ty.pairs() {
            Some((_, Pairs::KeyValue { .. })) => named("NAME", Value::String("VALUE".to_owned())),
            Some((_, Pairs::KeyValues { .. })) => named("tag:NAME", Value::String("VALUE".to_owned())),
            None => Value::List(vec![value(name, item, deep)?]),
        },
        Type::Map(item) => named("NAME", value("value", item, deep)?),
        Type::Document => named("NAME", Value::String("VALUE".to_owned())),
    })
}

/// Returns the required fields of a structure. If none is required, returns its first field that is not too deep:
/// an empty structure would not pass the checks.
fn structure(shape: &'static Shape, deep: usize) -> Option<Map> {
    let deep = deep.checked_sub(1)?;
    let map = required(shape, deep)?;
    if !map.0.is_empty() || shape.fields.is_empty() {
        return Some(map);
    }
    shape.fields.iter().find_map(|field| one(field, deep))
}

fn one(field: &Field, deep: usize) -> Option<Map> {
    Some(Map::from_iter([(field.name().to_owned(), value(field.name(), &field.ty, deep)?)]))
}

fn named(name: &str, value: Value) -> Value {
    Value::Map(Map::from_iter([(name.to_owned(), value)]))
}

/// Returns the placeholder for a name; an item of `instance_ids` is an `INSTANCE_ID`.
fn placeholder(name: &str) -> String {
    let one =
        name.strip_suffix('s').filter(|one| ["arn", "id", "name", "resource"].iter().any(|end| one.ends_with(end)));
    one.unwrap_or(name).to_uppercase()
}

fn entry(name: &str, value: &Value) -> String {
    let key = if is_name(name) { name.to_owned() } else { format!("[{name:?}]") };
    format!("{key} = {}", literal(value))
}

fn literal(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Bool(value) => write!(text, "{value}"),
        Value::Integer(value) => write!(text, "{value}"),
        Value::String(value) => write!(text, "{value:?}"),
        Value::List(items) => {
            write!(text, "{{ {} }}", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        Value::Map(Map(entries)) if entries.is_empty() => write!(text, "{{}}"),
        Value::Map(Map(entries)) => {
            let entries = entries.iter().map(|(name, value)| entry(name, value));
            write!(text, "{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => unreachable!("no placeholder is a {}", other.kind()),
    }
    .expect("writing to a string cannot fail");
    text
}

#[cfg(test)]
mod tests {
    use mlua::Lua;
    use moonfleet_bindings::{ListedService, catalogue, check};

    use super::*;
    use crate::aws::to_data;

    /// Runs the text of each example and checks the input that it passes to its operation.
    #[test]
    fn every_example_passes_the_checks_of_its_operation() {
        let lua = Lua::new();
        for service in catalogue().iter().map(ListedService::service) {
            for operation in service.operations() {
                let example = call("call", operation.input());
                let chunk = format!("local function call(input) return input end return {example}");
                let input: mlua::Value = lua.load(&chunk).eval().unwrap_or_else(|e| panic!("{example}: {e}"));
                let input = to_data(&lua, service, operation.input(), &input);
                let input = input.unwrap_or_else(|e| panic!("{example}: {e}"));
                if let Err(error) = check(service.name, operation, input) {
                    panic!("{error}\n{example}");
                }
            }
        }
    }

    #[test]
    fn examples_have_only_required_parameters() {
        let example = |service: &str, name: &str| {
            let operation = moonfleet_bindings::service(service).and_then(|service| service.operation(name));
            call(&format!("{service}.{name}"), operation.expect("an operation").input())
        };
        assert_eq!(example("ec2", "describe_instances"), "ec2.describe_instances()");
        assert_eq!(example("ec2", "run_instances"), "ec2.run_instances { max_count = 1, min_count = 1 }");
        assert_eq!(
            example("ec2", "terminate_instances"),
            "ec2.terminate_instances { instance_ids = { \"INSTANCE_ID\" } }"
        );
        let tags = "ec2.create_tags { resources = { \"RESOURCE\" }, tags = { NAME = \"VALUE\" } }";
        assert_eq!(example("ec2", "create_tags"), tags);
    }
}
