//! XML answers of random content, against the decoder of AWS's SDK, and documents that want to do harm.

mod decoder;
mod documents;
mod hostile;
mod random;

use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use moonfleet_models::{Operation, Protocol};
use moonfleet_protocols::{Api, Error, Failure, Record};

/// Reads a document with the status 200.
fn read(api: &'static Api, operation: &Operation, document: impl Into<Vec<u8>>) -> Result<Record, String> {
    let response = Response::new(200.try_into().expect("a status"), SdkBody::from(document.into()));
    match api.answer(operation, &response) {
        Ok(record) => Ok(record),
        Err(Failure::Call(Error::Answer(problem))) => Err(problem),
        Err(other) => panic!("expected an error of the answer, got {other:?}"),
    }
}

/// Returns a service in its protocol with XML. SQS and DynamoDB have none, and get one: their maps are flattened, and
/// their structures hold themselves.
fn api(name: &str) -> &'static Api {
    let service = moonfleet_models::service(name).expect("the service");
    match service.protocol() {
        Protocol::RestXml | Protocol::Query | Protocol::Ec2 => Api::of(service),
        _ => Api::with_protocol(service, Protocol::Query),
    }
}

/// Returns a service and one of its operations: `ec2.describe_instances`.
fn call(name: &str) -> (&'static Api, &'static Operation) {
    let (service, operation) = name.split_once('.').expect("a service and an operation");
    let api = api(service);
    (api, api.service().operation(operation).expect("the operation"))
}
