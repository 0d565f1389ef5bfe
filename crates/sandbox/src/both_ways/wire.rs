//! Answers of a service, as it sends them. The reader of the crate `protocols` must read each as it was written.

use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Location, Operation, Protocol, Reference, Service, ShapeId, TimestampFormat};

use super::client::Answer;
use super::results::json;

/// Returns the answer with these fields.
pub(crate) fn answer(service: &Service, operation: &Operation, fields: &Map) -> Answer {
    let Some(output) = operation.output else { return empty(service, operation) };
    let members = service.shape(output).as_structure().map_or(&[][..], |output| &output.members);
    assert!(members.iter().all(|member| member.location == Location::Body), "{} has headers", operation.name);
    match service.protocol() {
        Protocol::Json | Protocol::RestJson => {
            let body = json(service, output, &Value::Map(fields.clone()));
            Answer::new("application/json", body.to_string())
        }
        _ => {
            let mut content = String::new();
            structure(&mut content, service, output, fields);
            in_root(service, operation, content)
        }
    }
}

fn empty(service: &Service, operation: &Operation) -> Answer {
    match service.protocol() {
        Protocol::Json | Protocol::RestJson => Answer::new("application/json", "{}".to_owned()),
        _ => in_root(service, operation, String::new()),
    }
}

fn in_root(service: &Service, operation: &Operation, mut content: String) -> Answer {
    if let Some(wrapper) = &operation.result_wrapper {
        content = format!("<{wrapper}>{content}</{wrapper}>");
    }
    let id = match service.protocol() {
        Protocol::Ec2 => "<requestId>id-1</requestId>",
        _ => "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>",
    };
    let root = format!("{}Response", operation.api_name);
    Answer::new("text/xml", format!("<{root} xmlns=\"http://a/\">{content}{id}</{root}>"))
}

fn structure(to: &mut String, service: &Service, id: ShapeId, fields: &Map) {
    for member in service.shape(id).as_structure().map_or(&[][..], |structure| &structure.members) {
        if let Some(value) = fields.get(&member.name) {
            element(to, service, member.wire_name, &member.target, value);
        }
    }
}

/// Writes the element of a value; the elements of a flattened list or map.
fn element(to: &mut String, service: &Service, name: &str, reference: &Reference, value: &Value) {
    let shape = service.shape(reference.target);
    let mut content = String::new();
    match (&shape.kind, value) {
        (Kind::Structure(_), Value::Map(fields)) => structure(&mut content, service, shape.id, fields),
        (Kind::List { item, .. }, Value::List(items)) => {
            let item_name = item.wire_name.unwrap_or(if reference.flattened { name } else { "member" });
            items.iter().for_each(|value| element(&mut content, service, item_name, item, value));
            if reference.flattened {
                return to.push_str(&content);
            }
        }
        (Kind::Map { key, value: item, .. }, Value::Map(Map(entries))) => {
            for (name, value) in entries {
                content.push_str("<entry>");
                element(&mut content, service, key.wire_name.unwrap_or("key"), key, &name.as_str().into());
                element(&mut content, service, item.wire_name.unwrap_or("value"), item, value);
                content.push_str("</entry>");
            }
        }
        (Kind::Timestamp(None | Some(TimestampFormat::Iso8601)), Value::Time(time)) => content = time.to_string(),
        _ => match json(service, shape.id, value) {
            serde_json::Value::String(text) => escape(&mut content, &text),
            other => content = other.to_string(),
        },
    }
    to.push_str(&format!("<{name}>{content}</{name}>"));
}

fn escape(to: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            letter => to.push(letter),
        }
    }
}
