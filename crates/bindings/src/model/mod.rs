//! The services, as AWS's models (`moonfleet_models`) declare them; `moonfleet_protocols` speaks their protocols.

mod client;
mod corrections;
mod jmespath;
pub(crate) mod operation;
mod pages;
mod risk;
pub(crate) mod shapes;
pub(crate) mod streams;
pub(crate) mod waiter;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::Risk;
use crate::operation::{Operation, Service, Waiter};

pub(crate) use client::{connect, send};
pub(crate) use operation::new_token;
pub(crate) use pages::unfollowed_token;
pub(crate) use shapes::Shapes;

/// Returns the service with this name or alias. The first call reads its model, which stays until the process ends.
pub(crate) fn service(name: &str) -> Option<&'static Service> {
    moonfleet_models::service(name).map(service_of)
}

/// Returns the service with this name or alias, without the newer models of the user's machine.
pub(crate) fn built_in_service(name: &str) -> Option<&'static Service> {
    moonfleet_models::built_in(name).map(service_of)
}

/// Returns the risk of an operation of the service with this name.
pub(crate) fn risk(service: &str, operation: &str) -> Option<Risk> {
    let service = moonfleet_models::service(service)?;
    Some(risk::of(service, service.operation(operation)?).risk)
}

/// Returns the service of a model; there is one for each.
fn service_of(model: &'static moonfleet_models::Service) -> &'static Service {
    static KNOWN: Mutex<Option<HashMap<usize, &'static Service>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let address = std::ptr::from_ref(model).addr();
    known.get_or_insert_default().entry(address).or_insert_with(|| {
        let shapes = Box::leak(Box::new(Shapes::of(model)));
        let (operations, waiters) = (OnceLock::new(), OnceLock::new());
        Box::leak(Box::new(Service { name: &model.name, shapes, operations, waiters }))
    })
}

/// Declares all operations of a service, sorted by name.
pub(crate) fn operations(shapes: &'static Shapes) -> Vec<Operation> {
    shapes.service.operations().map(|operation| operation::declare(shapes, operation)).collect()
}

/// Declares the waiters of a service, sorted by name.
pub(crate) fn waiters(service: &'static Service) -> Vec<Waiter> {
    let declare =
        |model: &'static moonfleet_models::Waiter| waiter::declare(model, service.operation(&model.operation)?);
    service.shapes.service.waiters().filter_map(declare).collect()
}
