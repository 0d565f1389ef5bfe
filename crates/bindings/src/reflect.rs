//! Reads answers of the SDK without copying them: a field of an answer becomes a value only when it is read.

use std::any::Any;
use std::collections::HashMap;

use aws_smithy_types::{Blob, DateTime};
use jiff::Timestamp;
use moonfleet_core::{Map, Secret, Shape, TextForm, Value, calendar};

use crate::shared_answer::Item;
use crate::text_forms;

/// One value of an answer.
pub enum View<'a> {
    Nil,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(&'a str),
    /// A text in another form than scripts read; `text_forms::decoded` converts it.
    Encoded(TextForm, &'a str),
    Time(Timestamp),
    Blob(&'a [u8]),
    Structure(&'a (dyn Structure + 'static)),
    List(&'a (dyn List + 'static)),
    Map(&'a (dyn Mapping + 'static)),
}

/// A structure of the SDK.
pub trait Structure: Any + Send + Sync {
    fn shape(&self) -> &'static Shape;

    /// Returns the field at this index in the list of the shape.
    fn get(&self, index: usize) -> View<'_>;
}

#[allow(clippy::len_without_is_empty, reason = "not needed")]
pub trait List: Send + Sync + 'static {
    fn len(&self) -> usize;
    fn at(&self, index: usize) -> View<'_>;
}

pub trait Mapping: Send + Sync + 'static {
    fn entries(&self) -> Vec<(&str, View<'_>)>;
}

/// A whole answer, which its parts can keep alive.
pub type Answer = std::sync::Arc<dyn Structure>;

impl dyn Structure {
    /// Returns the field of this name; nil if the shape has none.
    pub fn named(&self, name: &str) -> View<'_> {
        self.shape().index(name).map_or(View::Nil, |at| self.get(at))
    }

    /// Returns whether the field at this index is secret in this structure.
    pub fn hides(&self, index: usize) -> bool {
        self.shape().hides(&self.shape().fields[index], |name| match self.named(name) {
            View::String(text) => Some(text),
            _ => None,
        })
    }
}

impl View<'_> {
    /// Returns a copy as a value; secret texts are secrets in it.
    pub fn to_value(&self) -> Value {
        self.copied(false)
    }

    fn copied(&self, hidden: bool) -> Value {
        match self {
            View::Nil => Value::Nil,
            View::Bool(b) => Value::Bool(*b),
            View::Integer(i) => Value::Integer(*i),
            View::Float(f) => Value::Float(*f),
            View::String(s) if hidden => Value::Secret(Secret::new(*s)),
            View::Blob(b) if hidden => Value::Secret(Secret::new(*b)),
            View::Encoded(form, text) if hidden => Value::Secret(Secret::new(&*text_forms::decoded(*form, text))),
            View::String(s) => Value::from(*s),
            View::Encoded(form, text) => Value::from_bytes(text_forms::decoded(*form, text).into_owned()),
            View::Time(t) => Value::Time(*t),
            View::Blob(b) => Value::Bytes(b.to_vec()),
            View::List(list) => Value::List((0..list.len()).map(|i| list.at(i).copied(hidden)).collect()),
            View::Map(map) => {
                Value::Map(map.entries().into_iter().map(|(k, v)| (k.to_owned(), v.copied(hidden))).collect::<Map>())
            }
            View::Structure(s) => {
                let field = |(i, name): (usize, &str)| (name.to_owned(), s.get(i).copied(hidden || s.hides(i)));
                Value::Map(s.shape().names().enumerate().map(field).collect::<Map>())
            }
        }
    }
}

/// Types of the SDK that can be read as a view.
pub trait AsView: 'static {
    fn view(&self) -> View<'_>;

    /// Converts an element of a list into an item.
    fn into_item(self) -> Item
    where
        Self: Sized,
    {
        Item::Value(self.view().to_value())
    }
}

impl AsView for bool {
    fn view(&self) -> View<'_> {
        View::Bool(*self)
    }
}

impl AsView for i32 {
    fn view(&self) -> View<'_> {
        View::Integer((*self).into())
    }
}

impl AsView for i64 {
    fn view(&self) -> View<'_> {
        View::Integer(*self)
    }
}

/// A service that writes `0.05` means 0.05, and not the nearest number of 32 bits in 64.
impl AsView for f32 {
    fn view(&self) -> View<'_> {
        View::Float(self.to_string().parse().unwrap_or_else(|_| f64::from(*self)))
    }
}

impl AsView for f64 {
    fn view(&self) -> View<'_> {
        View::Float(*self)
    }
}

impl AsView for String {
    fn view(&self) -> View<'_> {
        View::String(self)
    }
}

impl AsView for DateTime {
    fn view(&self) -> View<'_> {
        let nanoseconds = i32::try_from(self.subsec_nanos()).unwrap_or_default();
        // The range of the SDK is wider than that of the calendar; times outside of it are shown in seconds.
        calendar::from_unix(self.secs(), nanoseconds).map_or(View::Integer(self.secs()), View::Time)
    }
}

/// The SDK's text for a required enumeration without a value in the answer.
const UNSET: &str = "no value was set";

/// Returns the view of an enumeration; nil if the answer had none.
pub(crate) fn enumerated(text: &str) -> View<'_> {
    if text == UNSET { View::Nil } else { View::String(text) }
}

/// Returns the view of a required time; nil for the time that the SDK invents where the answer has none. A job that
/// is still running has no completion date, for example.
pub(crate) fn unless_invented(time: View<'_>) -> View<'_> {
    match time {
        View::Time(time) if time == Timestamp::UNIX_EPOCH => View::Nil,
        other => other,
    }
}

impl AsView for Blob {
    fn view(&self) -> View<'_> {
        View::Blob(self.as_ref())
    }
}

impl<T: AsView> AsView for Option<T> {
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Nil, AsView::view)
    }
}

impl<T: AsView> AsView for Box<T> {
    fn view(&self) -> View<'_> {
        (**self).view()
    }
}

impl<T: AsView + Send + Sync> AsView for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self)
    }
}

impl<T: AsView + Send + Sync> List for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn at(&self, index: usize) -> View<'_> {
        self.get(index).map_or(View::Nil, AsView::view)
    }
}

impl<K: AsRef<str> + Send + Sync + 'static, V: AsView + Send + Sync> AsView for HashMap<K, V> {
    fn view(&self) -> View<'_> {
        View::Map(self)
    }
}

impl<K: AsRef<str> + Send + Sync + 'static, V: AsView + Send + Sync> Mapping for HashMap<K, V> {
    fn entries(&self) -> Vec<(&str, View<'_>)> {
        let mut entries: Vec<_> = self.iter().map(|(k, v)| (k.as_ref(), v.view())).collect();
        entries.sort_by_key(|(k, _)| *k);
        entries
    }
}
