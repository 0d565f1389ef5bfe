//! The structures in answers.

use std::collections::HashSet;

use moonfleet_core::Shape;

use crate::SERVICES;
use crate::operation::Operation;

/// Returns the structures in the answers of all operations, each once.
pub fn answer_shapes() -> Vec<&'static Shape> {
    let mut seen = HashSet::new();
    let operations = SERVICES.iter().flat_map(|service| service.operations());
    operations.flat_map(structures).filter(|shape| seen.insert(std::ptr::from_ref::<Shape>(shape))).collect()
}

/// Returns the structures in the answer of an operation; the structure of its items comes last.
pub fn structures(operation: &'static Operation) -> impl Iterator<Item = &'static Shape> {
    let walk =
        |path: &[&str]| path.iter().try_fold(operation.output(), |shape, step| shape.field(step)?.ty.structure());
    let items = operation.items.as_ref().and_then(|items| walk(items.path));
    operation.output().fields.iter().filter_map(|field| field.ty.structure()).chain(items)
}
