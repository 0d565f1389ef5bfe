//! Both sides of a case in one form.

use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use moonfleet_core::Map;
use moonfleet_models::Protocol;
use moonfleet_protocols::{Api, Endpoint, Error, Failure, needs_token, resolve};
use serde_json::{Map as Fields, Value, json};

use crate::bodies::{body, pairs};
use crate::cases::{Compared, operation, text};
use crate::results::{json, normalized};
use crate::values::value;

const TOKEN: &str = "00000000-0000-4000-8000-000000000000";

/// Headers that the sending client adds, or that do not change the meaning of a request.
const HEADERS_OF_CLIENTS: &[&str] = &["content-length", "user-agent", "accept", "x-amz-content-sha256"];

pub(crate) fn request(api: &'static Api, case: &Value) -> Compared {
    let operation = operation(api, case);
    let mut input = match operation.input.as_ref().map(|input| value(api.service(), input.target, &case["input"])) {
        Some(moonfleet_core::Value::Map(input)) => input,
        _ => Map::default(),
    };
    if let Some(member) = needs_token(api.service(), operation)
        && input.get(&member.name).is_none()
    {
        input.set(&member.name, TOKEN.into());
    }
    let made = api.request(operation, &input);
    if case.get("refused").is_some() {
        let is_refused = matches!(made, Err(Error::NotCovered(_)));
        return Compared { theirs: json!({"refused": true}), ours: json!({"refused": is_refused}) };
    }
    let theirs = &case["request"];
    let (their_path, their_query) = match text(theirs, "path").split_once('?') {
        Some((path, query)) => (path, pairs(query)),
        None => (text(theirs, "path"), Vec::new()),
    };
    let mut query: Vec<Value> = theirs["query"].as_array().into_iter().flatten().cloned().chain(their_query).collect();
    query.sort_by_key(Value::to_string);
    let their_body = match theirs["body"].get("form") {
        Some(form) => {
            let mut form = form.as_array().cloned().unwrap_or_default();
            form.sort_by_key(Value::to_string);
            Value::Array(form)
        }
        None => body(api.protocol(), &bytes(&theirs["body"], "bytes")),
    };
    let ours = match made {
        Ok(made) => {
            let (path, query) = made.request.uri().split_once('?').unwrap_or((made.request.uri(), ""));
            let body = body(api.protocol(), made.request.body().bytes().unwrap_or(&[]));
            let is_same_body = body == their_body;
            json!({
                "method": made.request.method(), "path": path, "query": pairs(query),
                "headers": headers(&made.request, api.protocol(), &theirs["headers"], is_same_body),
                "body": body, "host_prefix": made.host_prefix,
            })
        }
        Err(error) => json!({"failed": error.to_string()}),
    };
    let path = match api.service().cli_name == "s3" && operation.http_uri.starts_with("/{Bucket}") {
        // The bucket is in the endpoint.
        true => match their_path.strip_prefix("/abc-1").unwrap_or(their_path) {
            "" => "/".to_owned(),
            rest => rest.to_owned(),
        },
        false => their_path.to_owned(),
    };
    let theirs = json!({
        "method": theirs["method"], "path": path, "query": query,
        "headers": their_headers(&theirs["headers"]),
        "body": their_body, "host_prefix": theirs["host_prefix"],
    });
    Compared { theirs, ours }
}

/// Returns our headers in the form of botocore's.
fn headers(request: &Request, protocol: Protocol, theirs: &Value, is_same_body: bool) -> Value {
    let mut headers = Fields::new();
    for (name, value) in request.headers().iter() {
        let name = name.to_ascii_lowercase();
        let their = theirs.get(&name).and_then(Value::as_str);
        // Two forms of the same list.
        let value = match their {
            Some(their) if their.replace(", ", ",") == value.replace(", ", ",") => their,
            // The checksum of a body with the same content and another form differs.
            Some(their) if name.starts_with("x-amz-checksum-") && is_same_body && is_whitespace_protocol(protocol) => {
                their
            }
            _ => value,
        };
        // botocore sends no type with XML.
        let is_extra = protocol == Protocol::RestXml && name == "content-type" && their.is_none();
        if !HEADERS_OF_CLIENTS.contains(&name.as_str()) && !is_extra {
            headers.insert(name, value.into());
        }
    }
    Value::Object(headers)
}

/// Whether equal contents can have different bytes.
fn is_whitespace_protocol(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Json | Protocol::RestJson | Protocol::RestXml | Protocol::Cbor)
}

fn their_headers(theirs: &Value) -> Value {
    let headers = theirs.as_object().into_iter().flatten();
    let headers = headers.filter(|(name, _)| !HEADERS_OF_CLIENTS.contains(&name.as_str()));
    Value::Object(headers.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn bytes(case: &Value, field: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(text(case, field)).expect("Base64")
}

fn response(case: &Value) -> Response {
    let answer = &case["answer"];
    let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
    let mut response = Response::new(status.try_into().expect("a status"), SdkBody::from(bytes(answer, "body")));
    for header in answer["headers"].as_array().into_iter().flatten() {
        let [name, value] = [0, 1].map(|at| header[at].as_str().expect("a header").to_owned());
        response.headers_mut().append(name, value);
    }
    response
}

pub(crate) fn answer(api: &'static Api, case: &Value) -> Compared {
    let operation = operation(api, case);
    let read = api.answer(operation, &response(case));
    if case.get("refused").is_some() {
        // botocore fails at this answer. Ours may be better, but must be a result.
        return Compared { theirs: json!({"read": true}), ours: json!({"read": true}) };
    }
    let ours = match read {
        Ok(fields) => {
            let id = operation.output.expect("an operation with an answer has an output");
            normalized(json(api.service(), id, &moonfleet_core::Value::Map(fields.to_map())))
        }
        Err(failure) => json!({"failed": failure.to_string()}),
    };
    Compared { theirs: normalized(case["output"].clone()), ours }
}

pub(crate) fn error(api: &'static Api, case: &Value) -> Compared {
    let operation = operation(api, case);
    if case.get("refused").is_some() {
        let _ = api.answer(operation, &response(case));
        return Compared { theirs: json!({"read": true}), ours: json!({"read": true}) };
    }
    let theirs = &case["error"];
    let ours = match api.answer(operation, &response(case)) {
        Err(Failure::Service(error)) => {
            let shape = operation.errors.iter().find(|id| api.service().shape(**id).name == text(case, "kind"));
            let fields = shape.map(|id| json(api.service(), *id, &moonfleet_core::Value::Map(error.fields.clone())));
            let mut fields = normalized(fields.unwrap_or(Value::Null));
            // botocore has only the fields beside the code and the message, and those that the answer has.
            if let (Some(ours), Some(theirs)) = (fields.as_object_mut(), theirs["fields"].as_object()) {
                ours.retain(|name, _| theirs.contains_key(name));
            }
            let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
            json!({
                "code": error.code, "message": text(&error.message), "request_id": error.request_id, "fields": fields,
            })
        }
        Err(Failure::Call(error)) => json!({"failed": error.to_string()}),
        Ok(_) => json!({"failed": "it is no error"}),
    };
    let message = theirs["message"].as_str().filter(|text| !text.is_empty());
    let theirs = json!({
        "code": theirs["code"], "message": message, "request_id": theirs["request_id"],
        "fields": normalized(theirs["fields"].clone()),
    });
    Compared { theirs, ours }
}

pub(crate) fn events(api: &'static Api, case: &Value) -> Compared {
    let operation = operation(api, case);
    let theirs = normalized(case["events"].clone());
    let ours = match api.answer(operation, &response(case)) {
        Ok(fields) => {
            let member = api.events(operation).expect("a stream of events");
            let events = fields.named(&member.name).to_value();
            let moonfleet_core::Value::List(events) = events else { panic!("the events are no list") };
            let events = events.iter().map(|event| json(api.service(), member.target.target, event));
            normalized(events.collect())
        }
        Err(failure) => json!({"failed": failure.to_string()}),
    };
    Compared { theirs, ours }
}

pub(crate) fn endpoint(api: &'static Api, case: &Value) -> Compared {
    let moonfleet_core::json::Parsed(parameters) =
        serde_json::from_value(case["parameters"].clone()).expect("parameters");
    let moonfleet_core::Value::Map(parameters) = parameters else { panic!("the parameters are no object") };
    let ours = match resolve(api.service().endpoint_rules(), &parameters) {
        Ok(Endpoint { url, properties, headers }) => {
            let properties = moonfleet_core::Value::Map(properties);
            let properties = serde_json::to_value(moonfleet_core::json::Json(&properties)).expect("JSON");
            let headers: Fields<_, _> = headers.into_iter().map(|(name, values)| (name, json!(values))).collect();
            json!({"url": url, "properties": properties, "headers": headers})
        }
        Err(error) => json!({"refused": error.to_string()}),
    };
    let theirs = match case.get("refused").and_then(Value::as_str) {
        Some(message) => {
            let message = message.split_once(": ").map_or(message, |(_, message)| message);
            // The only message that is ours. The others are texts of the rules.
            match message.strip_prefix("Cannot find value for required parameter ") {
                Some(name) => json!({"refused": format!("the endpoint needs a value for {name}")}),
                None => json!({"refused": message}),
            }
        }
        None => case["endpoint"].clone(),
    };
    Compared { theirs, ours }
}
