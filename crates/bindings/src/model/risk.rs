//! The risk of an operation of a model.

use moonfleet_models::risk::{Judgement, judge};
use moonfleet_models::{Operation, Risk, Service};

/// Returns the risk after the review. Other operations can destroy something: those of a newer model on the
/// user's machine, which must not lower the risk.
pub(super) fn of(service: &Service, operation: &Operation) -> Judgement {
    let built_in = moonfleet_models::built_in(&service.name).and_then(|service| service.operation(&operation.name));
    let judged = built_in.and_then(|_| judge(&service.name, &operation.name));
    judged.unwrap_or(Judgement { risk: Risk::Destroy, issues_credentials: false })
}
