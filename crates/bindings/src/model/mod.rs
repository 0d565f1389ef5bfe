//! Services that no crate of the SDK is linked for. Their operations and shapes come from AWS's models
//! (`moonfleet_models`), and `moonfleet_protocols` speaks their protocols.

mod body;
mod client;
mod operation;
mod pages;
mod risk;
mod shapes;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::SdkConfig;

use crate::operation::{Client, Operation, Service, ServiceMeans};
use shapes::Shapes;

pub(crate) use operation::ModelMeans;

/// A service that comes from a model.
pub(crate) struct ModelService {
    shapes: &'static Shapes,
    operations: OnceLock<Vec<Operation>>,
}

/// Returns the service with this name or alias. The first call reads its model, which stays until the process ends.
pub(crate) fn service(name: &str) -> Option<&'static Service> {
    static KNOWN: Mutex<Option<HashMap<&'static str, &'static Service>>> = Mutex::new(None);
    let model = moonfleet_models::service(name)?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    Some(known.entry(&model.name).or_insert_with(|| Box::leak(Box::new(ModelService::of(model)))))
}

impl ModelService {
    fn of(model: &'static moonfleet_models::Service) -> Service {
        let shapes = Box::leak(Box::new(Shapes::of(model)));
        let means = ServiceMeans::Model(ModelService { shapes, operations: OnceLock::new() });
        Service { name: &model.name, left_out: &[], means }
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
}
