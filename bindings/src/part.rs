//! A part of an answer that keeps the whole of it alive, so that values can be made
//! from an answer long after it came, and only those that somebody reads.

use yoke::Yoke;

use crate::operation::{Items, Operation};
use crate::value::Value;
use crate::view::{Answer, Structure, View};

#[derive(Clone)]
pub struct Part(Yoke<&'static (dyn Structure + 'static), Answer>);

/// One of the things that an operation lists.
pub enum Item {
    Structure {
        part: Part,
        /// Whose list it stands in, where items take fields of that along.
        owner: Option<Part>,
    },
    Value(Value),
}

impl Part {
    pub fn whole(answer: Answer) -> Self {
        Part(Yoke::attach_to_cart(answer, |answer| answer))
    }

    pub fn get(&self) -> &dyn Structure {
        *self.0.get()
    }

    /// How long the list in a field is; none where the field is no list.
    pub fn list_len(&self, field: usize) -> Option<usize> {
        match self.get().get(field) {
            View::List(list) => Some(list.len()),
            _ => None,
        }
    }

    /// An element of the list in a field, where it is a structure.
    pub fn element(&self, field: usize, index: usize) -> Option<Part> {
        self.narrow(|whole| match whole.get(field) {
            View::List(list) => match list.at(index) {
                View::Structure(element) => Some(element),
                _ => None,
            },
            _ => None,
        })
    }

    fn narrow<F>(&self, step: F) -> Option<Part>
    where
        F: for<'a> FnOnce(&'a (dyn Structure + 'static)) -> Option<&'a (dyn Structure + 'static)>,
    {
        self.0.try_map_project_cloned(|whole, _| step(*whole).ok_or(())).ok().map(Part)
    }
}

/// The items of an answer, in order.
pub fn items(operation: &Operation, answer: Answer) -> Vec<Item> {
    let mut found = Vec::new();
    if let Some(items) = &operation.items {
        collect(items, items.path, Part::whole(answer), &mut found);
    }
    found
}

fn collect(items: &Items, path: &[&str], owner: Part, found: &mut Vec<Item>) {
    let Some((step, rest)) = path.split_first() else { return };
    let Some(field) = owner.get().shape().index(step) else { return };
    for index in 0..owner.list_len(field).unwrap_or_default() {
        match owner.element(field, index) {
            Some(part) if rest.is_empty() => {
                let owner = (!items.inherits.is_empty()).then(|| owner.clone());
                found.push(Item::Structure { part, owner });
            }
            Some(part) => collect(items, rest, part, found),
            None => {
                if let View::List(list) = owner.get().get(field) {
                    found.push(Item::Value(list.at(index).to_value()));
                }
            }
        }
    }
}
