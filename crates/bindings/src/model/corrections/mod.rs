//! Corrections of AWS's models, which are incomplete or differ from what users expect. Each correction has a reason; a
//! test names those that no longer apply.

mod page_sizes;
mod text_forms;
mod tokens;

use moonfleet_core::Field;
use moonfleet_models::{Operation, Service, Shape};

use crate::operation::ItemList;

pub(super) use page_sizes::page_size;

/// Corrects a field of a structure.
pub(super) fn correct(service: &Service, structure: &Shape, field: &mut Field) {
    text_forms::correct(service, structure, field);
    tokens::correct(service, structure, field);
}

/// Returns the items of `describe_instances`, which are instances. The model has reservations, which only group instances
/// by launch.
pub(super) fn items(service: &Service, operation: &Operation) -> Option<ItemList> {
    let is_instances = (&*service.name, &*operation.name) == ("ec2", "describe_instances");
    is_instances.then_some(ItemList { path: &["reservations", "instances"], inherits: &["owner_id", "reservation_id"] })
}
