//! Parts of answers that keep the whole answer alive, so that values can be created later, and only
//! those that are read.

use std::any::Any;
use std::sync::Arc;

use moonfleet_core::Value;
use yoke::Yoke;

use crate::data_answer;
use crate::operation::Operation;
use crate::reflect::{Answer, Structure, View};

/// A structure in an answer, which it keeps alive.
#[derive(Clone)]
pub struct SharedPart(Yoke<&'static (dyn Structure + 'static), Answer>);

/// An item of an operation.
pub enum Item {
    Structure {
        part: SharedPart,
        /// The structure around its list, if the items inherit fields of it.
        owner: Option<SharedPart>,
    },
    Value(Value),
}

impl SharedPart {
    pub fn whole(answer: Answer) -> Self {
        SharedPart(Yoke::attach_to_cart(answer, |answer| answer))
    }

    pub fn get(&self) -> &dyn Structure {
        *self.0.get()
    }

    /// Returns the length of the list in a field; none if the field is not a list.
    pub fn list_len(&self, field: usize) -> Option<usize> {
        match self.get().get(field) {
            View::List(list) => Some(list.len()),
            _ => None,
        }
    }

    /// Returns an element of the list in a field; none if it is not a structure.
    pub fn element(&self, field: usize, index: usize) -> Option<SharedPart> {
        self.narrow(|whole| match whole.get(field) {
            View::List(list) => match list.at(index) {
                View::Structure(element) => Some(element),
                _ => None,
            },
            _ => None,
        })
    }

    fn narrow<F>(&self, step: F) -> Option<SharedPart>
    where
        F: for<'a> FnOnce(&'a (dyn Structure + 'static)) -> Option<&'a (dyn Structure + 'static)>,
    {
        self.0.try_map_project_cloned(|whole, _| step(*whole).ok_or(())).ok().map(SharedPart)
    }
}

impl Item {
    pub fn structure(structure: impl Structure) -> Self {
        Item::Structure { part: SharedPart::whole(Arc::new(structure)), owner: None }
    }
}

/// Returns the items of an answer, in order. Each item owns its data: a script that keeps one of a thousand
/// items does not keep the others.
pub fn items(operation: &Operation, answer: Answer) -> Vec<Item> {
    let Some(list) = &operation.items else { return Vec::new() };
    data_answer::items(list.path, answer).unwrap_or_else(|answer| (list.split)(answer))
}

/// A list of the SDK, which can be absent.
pub(crate) trait Listed {
    type Element;
    fn elements(self) -> Vec<Self::Element>;
}

impl<T> Listed for Vec<T> {
    type Element = T;

    fn elements(self) -> Vec<T> {
        self
    }
}

impl<T> Listed for Option<Vec<T>> {
    type Element = T;

    fn elements(self) -> Vec<T> {
        self.unwrap_or_default()
    }
}

/// Takes the list out of an answer of a known type.
pub(crate) fn split<O, L>(answer: Answer, list: impl FnOnce(&mut O) -> L) -> Vec<L::Element>
where
    O: Structure,
    L: Listed,
{
    let answer: Arc<dyn Any + Send + Sync> = answer;
    let mut output = answer
        .downcast::<O>()
        .ok()
        .and_then(Arc::into_inner)
        .expect("the answer has the type of its operation and only one owner");
    list(&mut output).elements()
}

/// Returns the items of a list of lists, each with the structure around its list.
pub(crate) fn nested<G, L>(groups: Vec<G>, list: impl Fn(&mut G) -> L) -> Vec<Item>
where
    G: Structure,
    L: Listed,
    L::Element: Structure,
{
    let mut items = Vec::new();
    for mut group in groups {
        let members = list(&mut group).elements();
        let owner = SharedPart::whole(Arc::new(group));
        items.extend(
            members.into_iter().map(|member| Item::Structure {
                part: SharedPart::whole(Arc::new(member)),
                owner: Some(owner.clone()),
            }),
        );
    }
    items
}
