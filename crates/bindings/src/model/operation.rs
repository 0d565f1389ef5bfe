//! An operation of a model.

use moonfleet_models::{Operation as Model, Service};
use moonfleet_protocols::{needs_token, new_token as token_of};

use super::shapes::Shapes;
use super::{corrections, pages, risk};
use crate::operation::Operation;

pub(super) fn declare(shapes: &'static Shapes, model: &'static Model) -> Operation {
    Operation {
        name: &model.name,
        api_name: model.api_name,
        risk: risk::of(shapes.service, model),
        issues_credentials: corrections::issues_credentials(shapes.service, model),
        pages: pages::pagination(shapes, model),
        items: pages::items(shapes, model),
        shapes,
        model,
    }
}

/// Returns an idempotency token that is made of a UUID, within the limits of its parameter.
pub(crate) fn new_token(service: &'static Service, operation: &Model, uuid: &str) -> String {
    let parameter = needs_token(service, operation);
    parameter.map_or_else(|| uuid.to_owned(), |parameter| token_of(service, parameter, uuid))
}
