//! A part of an answer that keeps the whole of it alive, so that values can be made
//! from an answer long after it came, and only those that somebody reads.

use std::any::Any;
use std::sync::Arc;

use moonfleet_core::Value;
use yoke::Yoke;

use crate::operation::Operation;
use crate::reflect::{Answer, Structure, View};

#[derive(Clone)]
pub struct SharedPart(Yoke<&'static (dyn Structure + 'static), Answer>);

/// One of the things that an operation lists.
pub enum Item {
    Structure {
        part: SharedPart,
        /// Whose list it stands in, where items take fields of that along.
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

    /// How long the list in a field is; none where the field is no list.
    pub fn list_len(&self, field: usize) -> Option<usize> {
        match self.get().get(field) {
            View::List(list) => Some(list.len()),
            _ => None,
        }
    }

    /// An element of the list in a field, where it is a structure.
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

/// The items of an answer, in order. Each owns itself: a script that keeps one of a
/// thousand does not keep the others.
pub fn items(operation: &Operation, answer: Answer) -> Vec<Item> {
    operation.items.as_ref().map_or_else(Vec::new, |items| (items.split)(answer))
}

/// A list of the SDK's, which may be absent.
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
        .expect("an operation's answer has its type, and one owner until it is split");
    list(&mut output).elements()
}

/// The items of a list of lists; each takes its owner along.
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
