//! Answers: a record of the fields, and the shape by which scripts read it. A field becomes a value only when it is read.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use moonfleet_core::{Map, Secret, Shape, TextForm, Type, Value};
use moonfleet_protocols::{Api, Event, ListRef, MapRef, Mismatch, Place, Record, RecordRef, View as Field};

use crate::model::shapes::DOWNLOADED_FILE;
use crate::model::streams::Stream;
use crate::operation::Operation;
use crate::text_forms;

/// A whole answer, which its parts keep alive.
#[derive(Clone)]
pub struct Answer {
    whole: Part,
    request_id: Option<Arc<str>>,
    /// The part of the answer that has not been read.
    stream: Option<Arc<Mutex<Option<Stream>>>>,
}

/// A structure in an answer, which it keeps alive.
#[derive(Clone)]
pub struct Part {
    record: Arc<Record>,
    place: Place,
    shape: &'static Shape,
}

/// An item of an operation.
pub enum Item {
    Structure {
        part: Part,
        /// The structure around its list, if the items inherit fields of it; it has only these fields.
        owner: Option<Part>,
    },
    Value(Value),
}

/// One value of an answer.
#[derive(Clone, Copy)]
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
    Structure(Structure<'a>),
    List(List<'a>),
    Map(Mapping<'a>),
}

#[derive(Clone, Copy)]
pub struct Structure<'a> {
    shape: &'static Shape,
    fields: RecordRef<'a>,
}

#[derive(Clone, Copy)]
pub struct List<'a> {
    item: &'static Type,
    items: ListRef<'a>,
}

#[derive(Clone, Copy)]
pub struct Mapping<'a> {
    value: &'static Type,
    entries: MapRef<'a>,
}

impl Answer {
    pub(crate) fn new(operation: &Operation, record: Record, request_id: Option<String>) -> Answer {
        let whole = Part::whole(operation.output(), record);
        Answer { whole, request_id: request_id.map(Arc::from), stream: None }
    }

    /// Makes an answer of an event in a stream: a structure with one field, which has the event's name.
    pub(crate) fn of_event(operation: &Operation, event: &Event) -> Answer {
        let service = operation.shapes.service;
        let events = Api::of(service).events(operation.model).expect("the operation has events");
        let shape = operation.output().field(&events.name).and_then(|field| field.ty.structure());
        let shape = shape.expect("events are a union");
        let index = shape.index(&event.name).expect("the decoder knows the event");
        let whole = Part::whole(shape, event.fields.within(events.target.target, index));
        Answer { whole, request_id: None, stream: None }
    }

    pub(crate) fn with_stream(self, stream: Stream) -> Answer {
        Answer { stream: Some(Arc::new(Mutex::new(Some(stream)))), ..self }
    }

    pub(crate) fn take_stream(&self, is_wanted: impl Fn(&Stream) -> bool) -> Option<Stream> {
        let mut stream = self.stream.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        stream.take_if(|stream| is_wanted(stream))
    }

    /// Returns the answer with the file that its bytes have become, instead of the bytes.
    pub fn with_file(&self, path: &str, bytes: usize) -> Answer {
        let shape = self.whole.shape;
        let names = shape.fields.iter().filter(|field| !field.is_stream).map(moonfleet_core::Field::name);
        let file = [("path", path.into()), ("bytes", Value::Integer(i64::try_from(bytes).unwrap_or(i64::MAX)))];
        let file = file.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let at = shape.index(DOWNLOADED_FILE).expect("the answer can become a file");
        let record = self.structure().fields.only(&names.collect::<Vec<_>>()).with(at, &Value::Map(file));
        Answer { whole: Part::whole(shape, record), stream: None, ..self.clone() }
    }

    /// Makes an answer of values that no service has sent. Fails if they are not what the model declares.
    pub fn of_values(operation: &Operation, fields: &Map) -> Result<Answer, Mismatch> {
        Ok(Answer::new(operation, operation.record(fields)?, None))
    }

    /// Returns the answer as bytes, for another process of this program.
    pub fn encode(&self) -> Vec<u8> {
        self.whole.record.as_bytes().to_vec()
    }

    /// Reads the bytes of [`Answer::encode`].
    pub fn decode(operation: &Operation, bytes: &[u8]) -> Answer {
        Answer::new(operation, operation.record_of_bytes(bytes), None)
    }

    pub fn structure(&self) -> Structure<'_> {
        self.whole.get()
    }

    /// Returns the service's id of the request, if it is known.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    pub fn into_whole(self) -> Part {
        self.whole
    }

    /// Returns a copy of all fields.
    pub fn to_map(&self) -> Map {
        self.structure().to_map(false)
    }
}

/// Returns the items of an answer, in order. Each item owns its data: a script that keeps one of a thousand items does
/// not keep the others.
pub fn items(operation: &Operation, answer: &Answer) -> Vec<Item> {
    let mut items = Vec::new();
    if let Some(list) = &operation.items {
        collect(answer.structure(), list.path, list.inherits, None, &mut items);
    }
    items
}

fn collect(of: Structure<'_>, path: &[&str], inherits: &[&str], owner: Option<&Part>, items: &mut Vec<Item>) {
    let Some((name, rest)) = path.split_first() else { return };
    match of.named(name) {
        View::Structure(inner) => collect(inner, rest, inherits, owner, items),
        View::List(list) if rest.is_empty() => items.extend(list.iter().map(|item| match item {
            View::Structure(item) => Item::Structure { part: item.to_part(), owner: owner.cloned() },
            value => Item::Value(value.to_value()),
        })),
        View::List(groups) => {
            for group in groups.iter() {
                let View::Structure(group) = group else { continue };
                let inherited = (!inherits.is_empty()).then(|| Part::whole(group.shape, group.fields.only(inherits)));
                collect(group, rest, inherits, inherited.as_ref(), items);
            }
        }
        _ => {}
    }
}

impl Part {
    fn whole(shape: &'static Shape, record: Record) -> Part {
        let place = record.place(record.as_ref());
        Part { record: Arc::new(record), place, shape }
    }

    pub fn get(&self) -> Structure<'_> {
        Structure { shape: self.shape, fields: self.record.at(self.place) }
    }

    /// Returns the structures in the list of a field; nothing if the field is no list.
    pub fn elements(&self, field: usize) -> Vec<Part> {
        let View::List(list) = self.get().get(field) else { return Vec::new() };
        let structures = list.iter().filter_map(|item| match item {
            View::Structure(structure) => Some(structure),
            _ => None,
        });
        structures
            .map(|structure| Part {
                record: self.record.clone(),
                place: self.record.place(structure.fields),
                shape: structure.shape,
            })
            .collect()
    }
}

impl<'a> Structure<'a> {
    pub fn shape(self) -> &'static Shape {
        self.shape
    }

    /// Returns the field at this index in the list of the shape.
    pub fn get(self, index: usize) -> View<'a> {
        let field = &self.shape.fields[index];
        text_forms::read(field.text_form, View::of(&field.ty, self.fields.get(index)))
    }

    /// Returns the field of this name; nil if the shape has none.
    pub fn named(self, name: &str) -> View<'a> {
        self.shape.index(name).map_or(View::Nil, |at| self.get(at))
    }

    /// Returns whether the field at this index is secret in this structure.
    pub fn hides(self, index: usize) -> bool {
        self.shape.hides(&self.shape.fields[index], |name| match self.named(name) {
            View::String(text) => Some(text),
            _ => None,
        })
    }

    /// Returns a copy that does not keep the whole answer.
    fn to_part(self) -> Part {
        Part::whole(self.shape, self.fields.to_owned())
    }

    fn to_map(self, is_hidden: bool) -> Map {
        let field = |(at, name): (usize, &str)| (name.to_owned(), self.get(at).copied(is_hidden || self.hides(at)));
        self.shape.names().enumerate().map(field).collect()
    }
}

impl<'a> List<'a> {
    pub fn iter(self) -> impl Iterator<Item = View<'a>> {
        self.items.iter().map(move |item| View::of(self.item, item))
    }

    /// Counts the items.
    pub fn count(self) -> usize {
        self.items.count()
    }
}

impl<'a> Mapping<'a> {
    pub fn entries(self) -> impl Iterator<Item = (&'a str, View<'a>)> {
        self.entries.entries().map(move |(key, value)| (key, View::of(self.value, value)))
    }
}

impl<'a> View<'a> {
    fn of(ty: &'static Type, value: Field<'a>) -> View<'a> {
        match value {
            Field::Nil => View::Nil,
            Field::Bool(yes) => View::Bool(yes),
            Field::Integer(number) => View::Integer(number),
            Field::Float(number) => View::Float(number),
            Field::Text(text) => View::String(text),
            Field::Blob(bytes) => View::Blob(bytes),
            Field::Time(time) => View::Time(time),
            Field::Record(fields) => match ty {
                Type::Structure(shape) => View::Structure(Structure { shape: shape.get(), fields }),
                _ => View::Nil,
            },
            Field::List(items) => {
                View::List(List { item: if let Type::List(item) = ty { item } else { &Type::Document }, items })
            }
            Field::Map(entries) => {
                View::Map(Mapping { value: if let Type::Map(value) = ty { value } else { &Type::Document }, entries })
            }
        }
    }

    /// Returns a copy as a value; secret texts are secrets in it.
    pub fn to_value(self) -> Value {
        self.copied(false)
    }

    fn copied(self, is_hidden: bool) -> Value {
        match self {
            View::Nil => Value::Nil,
            View::Bool(yes) => Value::Bool(yes),
            View::Integer(number) => Value::Integer(number),
            View::Float(number) => Value::Float(number),
            View::String(text) if is_hidden => Value::Secret(Secret::new(text)),
            View::Blob(bytes) if is_hidden => Value::Secret(Secret::new(bytes)),
            View::Encoded(form, text) if is_hidden => Value::Secret(Secret::new(&*text_forms::decoded(form, text))),
            View::String(text) => Value::from(text),
            View::Encoded(form, text) => Value::from_bytes(text_forms::decoded(form, text).into_owned()),
            View::Time(time) => Value::Time(time),
            View::Blob(bytes) => Value::Bytes(bytes.to_vec()),
            View::List(list) => Value::List(list.iter().map(|item| item.copied(is_hidden)).collect()),
            View::Map(map) => {
                Value::Map(map.entries().map(|(key, value)| (key.to_owned(), value.copied(is_hidden))).collect())
            }
            View::Structure(structure) => Value::Map(structure.to_map(is_hidden)),
        }
    }
}
