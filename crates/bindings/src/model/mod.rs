//! Services that no crate of the SDK is linked for. Their operations and shapes come from AWS's models
//! (`moonfleet_models`), and `moonfleet_protocols` speaks their protocols.

mod client;
mod jmespath;
pub(crate) mod operation;
mod pages;
mod risk;
pub(crate) mod shapes;
pub(crate) mod streams;
pub(crate) mod waiter;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::SdkConfig;

use crate::operation::{Client, Operation, Service, ServiceMeans, Waiter};
use shapes::Shapes;

pub(crate) use operation::ModelMeans;

/// A service that comes from a model.
pub(crate) struct ModelService {
    shapes: &'static Shapes,
    operations: OnceLock<Vec<Operation>>,
    waiters: OnceLock<Vec<Waiter>>,
}

/// Returns the service with this name or alias. The first call reads its model, which stays until the process ends.
pub(crate) fn service(name: &str) -> Option<&'static Service> {
    moonfleet_models::service(name).map(service_of)
}

/// Returns the service with this name or alias, without the newer models of the user's machine.
pub(crate) fn built_in_service(name: &str) -> Option<&'static Service> {
    moonfleet_models::built_in(name).map(service_of)
}

/// Returns the service of a model; there is one for each.
fn service_of(model: &'static moonfleet_models::Service) -> &'static Service {
    static KNOWN: Mutex<Option<HashMap<usize, &'static Service>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let address = std::ptr::from_ref(model).addr();
    known.get_or_insert_default().entry(address).or_insert_with(|| Box::leak(Box::new(ModelService::of(model))))
}

impl ModelService {
    fn of(model: &'static moonfleet_models::Service) -> Service {
        let shapes = Box::leak(Box::new(Shapes::of(model)));
        let means = ServiceMeans::Model(ModelService { shapes, operations: OnceLock::new(), waiters: OnceLock::new() });
        Service { name: &model.name, left_out: &[], means }
    }

    /// Returns the service as the actions of IAM name it: mostly by the name that signs its requests.
    pub(crate) fn iam_prefix(&self) -> &'static str {
        match self.shapes.service.metadata.signing_name {
            "monitoring" => "cloudwatch",
            "tagging" => "tag",
            "iotdata" => "iot",
            name => name,
        }
    }

    pub(crate) fn connect(&self, config: &SdkConfig, interceptors: &[SharedInterceptor], budget: &str) -> Client {
        client::connect(self.shapes.service, config, interceptors, budget)
    }

    /// Returns all operations, sorted by name.
    pub(crate) fn operations(&'static self) -> &'static [Operation] {
        self.operations.get_or_init(|| {
            let operations = self.shapes.service.operations();
            operations.map(|operation| operation::declare(self.shapes, operation)).collect()
        })
    }

    /// Returns the waiters, sorted by name.
    pub(crate) fn waiters(&'static self) -> &'static [Waiter] {
        self.waiters.get_or_init(|| {
            let operation = |name: &str| self.operations().iter().find(|operation| operation.name == name);
            let declare =
                |model: &'static moonfleet_models::Waiter| waiter::declare(model, operation(&model.operation)?);
            self.shapes.service.waiters().filter_map(declare).collect()
        })
    }
}
