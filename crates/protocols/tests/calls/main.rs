//! Single calls through the public interface: what botocore's results do not show.

mod answers;
mod coverage;
mod errors;
mod events;
mod records;
mod requests;

use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use moonfleet_core::json::Parsed;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Operation, service};
use moonfleet_protocols::{Api, Failure};

/// A service and one of its operations, by their names in scripts: `s3.get_object`.
fn call(name: &str) -> (&'static Api, &'static Operation) {
    let (service_name, operation) = name.split_once('.').expect("a service and an operation");
    let service = service(service_name).unwrap_or_else(|| panic!("there is no service {service_name}"));
    (Api::of(service), service.operation(operation).unwrap_or_else(|| panic!("there is no operation {name}")))
}

fn response(status: u16, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>) -> Response {
    let mut response = Response::new(status.try_into().expect("a status"), SdkBody::from(body.into()));
    for (name, value) in headers {
        response.headers_mut().insert(*name, (*value).to_owned());
    }
    response
}

/// Reads a body with the status 200.
fn read(name: &str, body: impl Into<Vec<u8>>) -> Result<Map, Failure> {
    let (api, operation) = call(name);
    api.answer(operation, &response(200, &[], body)).map(|record| record.to_map())
}

fn map(json: &str) -> Map {
    match serde_json::from_str(json) {
        Ok(Parsed(Value::Map(map))) => map,
        other => panic!("{json} is no object: {:?}", other.map(|parsed| parsed.0)),
    }
}

/// Returns a value by its path: `accounts.0.id`.
fn at<'v>(fields: &'v Map, path: &str) -> Option<&'v Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let mut value = fields.get(first)?;
    for step in rest.into_iter().flat_map(|rest| rest.split('.')) {
        value = match value {
            Value::Map(map) => map.get(step)?,
            Value::List(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}
