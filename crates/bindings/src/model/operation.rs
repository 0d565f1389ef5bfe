//! An operation of a model.

use std::sync::OnceLock;

use moonfleet_models::{Operation as Model, Service};
use moonfleet_protocols::{needs_token, new_token as token_of};

use super::shapes::Shapes;
use super::{pages, risk};
use crate::operation::Operation;

pub(super) fn declare(shapes: &'static Shapes, model: &'static Model) -> Operation {
    let judgement = risk::of(shapes.service, model);
    Operation {
        name: &model.name,
        api_name: model.api_name,
        risk: judgement.risk,
        issues_credentials: judgement.issues_credentials,
        pages: pages::pagination(shapes, model),
        items: pages::items(shapes, model),
        shapes,
        model,
        input: OnceLock::new(),
    }
}

/// Returns an idempotency token that is made of a UUID, within the limits of its parameter.
pub(crate) fn new_token(service: &'static Service, operation: &Model, uuid: &str) -> String {
    let parameter = needs_token(service, operation);
    parameter.map_or_else(|| uuid.to_owned(), |parameter| token_of(service, parameter, uuid))
}
