//! Requests that the program itself makes, by the names of the operations, with plain data as
//! answers.

use std::sync::Arc;

use moonfleet_bindings::{Answer, Operation, Risk, Service, check, service};
use moonfleet_core::Error;
use moonfleet_core::{Map, Value};

use super::{Pager, send};
use crate::{CallOptions, Session};

/// Returns a service and its operation. Panics if one of the names is unknown.
pub fn named(service_name: &str, operation: &str) -> (&'static Service, &'static Operation) {
    let service_name = service(service_name).expect("the program names only bound services");
    (service_name, service_name.operation(operation).expect("the program names only existing operations"))
}

/// Makes one read request. It needs no permission of the guard.
pub async fn read(session: &Arc<Session>, service_name: &str, operation: &str, input: Map) -> Result<Map, Error> {
    let (service_name, operation) = named(service_name, operation);
    let input = checked(service_name, operation, input)?;
    send(session.clone(), service_name, operation, input, CallOptions::default()).await.map(answered)
}

/// Returns the items of all pages of an operation.
pub async fn all_items(
    session: &Arc<Session>,
    service_name: &str,
    operation: &str,
    list: &str,
    input: Map,
) -> Result<Vec<Map>, Error> {
    let mut items = Vec::new();
    pages(session, service_name, operation, input, |page| {
        items.extend(maps(page.take(list)));
        Ok(true)
    })
    .await?;
    Ok(items)
}

/// Returns instances, without the reservations in which EC2 lists them.
pub async fn instances(session: &Arc<Session>, input: Map) -> Result<Vec<Map>, Error> {
    let reservations = all_items(session, "ec2", "describe_instances", "reservations", input).await?;
    Ok(reservations.into_iter().flat_map(|mut reservation| maps(reservation.take("instances"))).collect())
}

/// Passes each page of an operation to `use_page`, until that returns `false`.
pub async fn pages(
    session: &Arc<Session>,
    service_name: &str,
    operation: &str,
    input: Map,
    mut use_page: impl FnMut(&mut Map) -> Result<bool, Error>,
) -> Result<(), Error> {
    let (service_name, operation) = named(service_name, operation);
    let input = checked(service_name, operation, input)?;
    let mut pager = Pager::new(session.clone(), service_name, operation, input, CallOptions::default());
    while let Some(page) = pager.next().await? {
        if !use_page(&mut answered(page))? {
            break;
        }
    }
    Ok(())
}

fn checked(service_name: &Service, operation: &Operation, input: Map) -> Result<Map, Error> {
    assert_eq!(operation.risk, Risk::Read, "{} has to pass the guard", operation.name);
    Ok(check(service_name.name, operation, Value::Map(input))?)
}

/// Converts an answer to plain data.
pub fn answered(answer: Answer) -> Map {
    answer.to_map()
}

pub fn map(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Map {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub fn list(texts: &[String]) -> Value {
    Value::List(texts.iter().map(|text| Value::from(text.as_str())).collect())
}

pub fn text(map: &Map, name: &str) -> String {
    match map.get(name) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}

/// Returns the maps in a list, and no maps for another value.
pub fn maps(list: Value) -> Vec<Map> {
    let Value::List(items) = list else { return Vec::new() };
    items.into_iter().filter_map(|item| if let Value::Map(map) = item { Some(map) } else { None }).collect()
}

/// Returns the strings in a list, and no strings for another value.
pub fn texts(list: Value) -> Vec<String> {
    let Value::List(items) = list else { return Vec::new() };
    items.into_iter().filter_map(|item| if let Value::String(text) = item { Some(text) } else { None }).collect()
}
