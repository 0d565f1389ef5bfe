//! A service in one of its protocols.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use moonfleet_core::Map;
use moonfleet_models::{Operation, Protocol, Service, ShapeId};

use crate::endpoint::{Endpoint, Settings, parameters, resolve};
use crate::schemas::Schemas;
use crate::smithy::Wire;
use crate::{Error, coverage};

/// A service in one of its protocols, with the schemas of its shapes.
#[derive(Debug)]
pub struct Api {
    pub(crate) schemas: Schemas,
    pub(crate) wire: Wire,
}

impl Api {
    /// Returns the service in the protocol that AWS prefers. The first call makes it, and it stays until the process
    /// ends.
    pub fn of(service: &'static Service) -> &'static Api {
        static KNOWN: Mutex<Option<HashMap<usize, &'static Api>>> = Mutex::new(None);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        known
            .entry(std::ptr::from_ref(service).addr())
            .or_insert_with(|| Api::with_protocol(service, service.protocol()))
    }

    /// Makes the service in one of its protocols. It stays until the process ends.
    pub fn with_protocol(service: &'static Service, protocol: Protocol) -> &'static Api {
        let wire = Wire::new(protocol, &service.metadata);
        Box::leak(Box::new(Api { schemas: Schemas::new(service, protocol), wire }))
    }

    pub fn service(&self) -> &'static Service {
        self.schemas.service
    }

    pub fn protocol(&self) -> Protocol {
        self.schemas.protocol
    }

    /// Returns the endpoint of a call. The host prefix of the operation is not part of it.
    pub fn endpoint(&self, operation: &Operation, input: &Map, settings: &Settings) -> Result<Endpoint, Error> {
        resolve(self.service().endpoint_rules(), &parameters(self.service(), operation, input, settings))
    }

    /// Returns the member of an answer that is a stream of events.
    pub(crate) fn event_stream(&self, shape: Option<ShapeId>) -> Option<&'static moonfleet_models::Member> {
        coverage::event_stream(self.service(), shape)
    }
}
