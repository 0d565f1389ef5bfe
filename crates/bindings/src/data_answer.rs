//! Answers as data: for a process that gets them from another process instead of the SDK. The receiver
//! knows the shape of the answer, so that only values are sent: the fields of a structure in the order of its shape.

use std::any::Any;
use std::sync::Arc;

use jiff::Timestamp;
use moonfleet_core::{Map, Shape, Type, Value};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use crate::model::streams::StreamedAnswer;
use crate::operation::Operation;
use crate::reflect::{Answer, AsView, Mapping, Structure, View};
use crate::shared_answer::{Item, SharedPart};
use crate::text_forms;

/// Encodes an answer for [`decode`].
pub fn encode(answer: &dyn Structure) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_stdvec(&Fields(answer))
}

/// Makes an answer of values: those that a client has read along a model, or those of a test.
pub fn of_values(shape: &'static Shape, fields: Map, request_id: Option<String>) -> Answer {
    let answer =
        DataStructure { request_id: request_id.map(String::into_boxed_str), ..DataStructure::of(shape, fields) };
    Arc::new(answer)
}

/// Returns the service's id of the request with this answer, if it is known.
pub(crate) fn request_id(answer: &dyn Structure) -> Option<&str> {
    let answer = answer as &dyn Any;
    if let Some(streamed) = answer.downcast_ref::<StreamedAnswer>() {
        return request_id(&*streamed.fields);
    }
    answer.downcast_ref::<DataStructure>()?.request_id.as_deref()
}

/// Decodes an answer of this operation. Returns an error if the bytes are not an encoded answer.
pub fn decode(operation: &Operation, bytes: &[u8]) -> Result<Answer, postcard::Error> {
    let mut answer: DataStructure = postcard::from_bytes(bytes)?;
    answer.attach(operation.output());
    Ok(Arc::new(answer))
}

/// One value, as it is sent. The order of the variants is part of the encoding.
#[derive(Deserialize)]
enum Datum {
    Nil,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(String),
    /// Seconds since 1970 and nanoseconds.
    Time((i64, i32)),
    Blob(Vec<u8>),
    Structure(DataStructure),
    List(Vec<Datum>),
    Map(DataMap),
}

#[derive(Deserialize)]
struct DataStructure {
    /// Set by [`DataStructure::attach`].
    #[serde(skip)]
    shape: Option<&'static Shape>,
    /// Known of whole answers that this process has received.
    #[serde(skip)]
    request_id: Option<Box<str>>,
    fields: Vec<Datum>,
}

#[derive(Deserialize)]
struct DataMap(Vec<(String, Datum)>);

/// Encodes the fields of a structure.
struct Fields<'a>(&'a dyn Structure);

/// Encodes a value as [`Datum`].
struct EncodedView<'a>(View<'a>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let count = self.0.shape().fields.len();
        let mut fields = serializer.serialize_seq(Some(count))?;
        (0..count).try_for_each(|at| fields.serialize_element(&EncodedView(self.0.get(at))))?;
        fields.end()
    }
}

impl Serialize for EncodedView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NAME: &str = "Datum";
        match &self.0 {
            View::Nil => serializer.serialize_unit_variant(NAME, 0, "Nil"),
            View::Bool(value) => serializer.serialize_newtype_variant(NAME, 1, "Bool", value),
            View::Integer(value) => serializer.serialize_newtype_variant(NAME, 2, "Integer", value),
            View::Float(value) => serializer.serialize_newtype_variant(NAME, 3, "Float", value),
            View::String(text) => serializer.serialize_newtype_variant(NAME, 4, "String", text),
            View::Encoded(form, text) => {
                let bytes = text_forms::decoded(*form, text);
                let text = std::str::from_utf8(&bytes).map(View::String);
                EncodedView(text.unwrap_or(View::Blob(&bytes))).serialize(serializer)
            }
            View::Time(time) => {
                let time = (time.as_second(), time.subsec_nanosecond());
                serializer.serialize_newtype_variant(NAME, 5, "Time", &time)
            }
            View::Blob(bytes) => serializer.serialize_newtype_variant(NAME, 6, "Blob", bytes),
            View::Structure(structure) => {
                serializer.serialize_newtype_variant(NAME, 7, "Structure", &Fields(*structure))
            }
            View::List(list) => serializer.serialize_newtype_variant(NAME, 8, "List", &Elements(*list)),
            View::Map(map) => serializer.serialize_newtype_variant(NAME, 9, "Map", &Entries(*map)),
        }
    }
}

struct Elements<'a>(&'a dyn crate::reflect::List);

impl Serialize for Elements<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut elements = serializer.serialize_seq(Some(self.0.len()))?;
        (0..self.0.len()).try_for_each(|at| elements.serialize_element(&EncodedView(self.0.at(at))))?;
        elements.end()
    }
}

struct Entries<'a>(&'a dyn Mapping);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.0.entries();
        let mut pairs = serializer.serialize_map(Some(entries.len()))?;
        for (key, value) in entries {
            pairs.serialize_entry(key, &EncodedView(value))?;
        }
        pairs.end()
    }
}

impl DataStructure {
    /// Takes the fields of the shape; others are dropped.
    fn of(shape: &'static Shape, mut values: Map) -> Self {
        let fields = shape.fields.iter().map(|field| {
            let value = values.take(field.name());
            Datum::of(&field.ty, value)
        });
        DataStructure { shape: Some(shape), request_id: None, fields: fields.collect() }
    }

    /// Sets the shapes of this structure and of those in it.
    fn attach(&mut self, shape: &'static Shape) {
        self.shape = Some(shape);
        self.fields.resize_with(shape.fields.len(), || Datum::Nil);
        self.fields.iter_mut().zip(shape.fields).for_each(|(value, field)| value.attach(&field.ty));
    }

    fn take(&mut self, name: &str) -> Datum {
        let at = self.shape().index(name);
        at.map_or(Datum::Nil, |at| std::mem::replace(&mut self.fields[at], Datum::Nil))
    }

    /// Takes the items of the list at this path out of the structure.
    fn take_items(&mut self, path: &[&str]) -> Vec<Item> {
        let Some((name, rest)) = path.split_first() else { return Vec::new() };
        match self.take(name) {
            Datum::Structure(mut inner) => inner.take_items(rest),
            Datum::List(elements) if rest.is_empty() => elements.into_iter().map(Datum::into_item).collect(),
            Datum::List(groups) => groups.into_iter().flat_map(|group| group.into_members(rest)).collect(),
            _ => Vec::new(),
        }
    }
}

impl Datum {
    fn of(ty: &Type, value: Value) -> Datum {
        match (ty, value) {
            (_, Value::Nil | Value::Planned(_)) => Datum::Nil,
            (_, Value::Bool(value)) => Datum::Bool(value),
            (_, Value::Integer(value)) => Datum::Integer(value),
            (_, Value::Float(value)) => Datum::Float(value),
            (_, Value::String(text)) => Datum::String(text),
            (_, Value::Bytes(bytes)) => Datum::Blob(bytes),
            (_, Value::Secret(secret)) => Datum::Blob(secret.reveal().to_vec()),
            (_, Value::Time(time)) => Datum::Time((time.as_second(), time.subsec_nanosecond())),
            (Type::Structure(shape), Value::Map(fields)) => Datum::Structure(DataStructure::of(shape.get(), fields)),
            (ty, Value::Map(Map(entries))) => {
                let inner = if let Type::Map(inner) = ty { inner } else { &Type::Document };
                Datum::Map(DataMap(entries.into_iter().map(|(key, value)| (key, Datum::of(inner, value))).collect()))
            }
            (ty, Value::List(items)) => {
                let inner = if let Type::List(inner) = ty { inner } else { &Type::Document };
                Datum::List(items.into_iter().map(|item| Datum::of(inner, item)).collect())
            }
        }
    }

    fn attach(&mut self, ty: &Type) {
        match (self, ty) {
            (Datum::Structure(structure), Type::Structure(shape)) => structure.attach(shape.get()),
            (Datum::List(elements), Type::List(ty)) => elements.iter_mut().for_each(|element| element.attach(ty)),
            (Datum::Map(DataMap(entries)), Type::Map(ty)) => entries.iter_mut().for_each(|(_, value)| value.attach(ty)),
            // Without a shape it could not be read.
            (value @ Datum::Structure(_), _) => *value = Datum::Nil,
            _ => {}
        }
    }

    /// Returns the items in a group, each with the rest of the group as its owner.
    fn into_members(self, path: &[&str]) -> Vec<Item> {
        let Datum::Structure(mut group) = self else { return Vec::new() };
        let members = group.take_items(path);
        let group = SharedPart::whole(Arc::new(group));
        let owned = |item| match item {
            Item::Structure { part, owner } => Item::Structure { part, owner: owner.or_else(|| Some(group.clone())) },
            value => value,
        };
        members.into_iter().map(owned).collect()
    }
}

/// Returns the items of an answer that [`decode`] has made; `Err` with the answer if it is the SDK's.
pub(crate) fn items(path: &[&str], answer: Answer) -> Result<Vec<Item>, Answer> {
    if !(&*answer as &dyn Any).is::<DataStructure>() {
        return Err(answer);
    }
    let shared: Arc<dyn Any + Send + Sync> = answer;
    let answer = shared.downcast::<DataStructure>().ok().and_then(Arc::into_inner);
    Ok(answer.map_or_else(Vec::new, |mut answer| answer.take_items(path)))
}

impl Structure for DataStructure {
    fn shape(&self) -> &'static Shape {
        self.shape.expect("`decode` sets the shape of each structure")
    }

    fn get(&self, index: usize) -> View<'_> {
        self.fields.get(index).map_or(View::Nil, Datum::view)
    }
}

impl AsView for Datum {
    fn view(&self) -> View<'_> {
        match self {
            Datum::Nil => View::Nil,
            Datum::Bool(value) => View::Bool(*value),
            Datum::Integer(value) => View::Integer(*value),
            Datum::Float(value) => View::Float(*value),
            Datum::String(text) => View::String(text),
            Datum::Time((seconds, nanoseconds)) => {
                Timestamp::new(*seconds, *nanoseconds).map_or(View::Integer(*seconds), View::Time)
            }
            Datum::Blob(bytes) => View::Blob(bytes),
            Datum::Structure(structure) => View::Structure(structure),
            Datum::List(elements) => View::List(elements),
            Datum::Map(map) => View::Map(map),
        }
    }

    fn into_item(self) -> Item {
        match self {
            Datum::Structure(structure) => Item::structure(structure),
            value => Item::Value(value.view().to_value()),
        }
    }
}

impl Mapping for DataMap {
    fn entries(&self) -> Vec<(&str, View<'_>)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.view())).collect()
    }
}
