//! Answers as records: the fields of a structure in one block of bytes, which is read where a field is needed. A tree of
//! values with a block for each text and a name for each field takes several times the memory.
//!
//! A value is a tag and its content; a structure has the index of each field that is set before its value. Containers
//! begin with their length in bytes, so that reading skips them at once. Lengths are relative, so that a part of the
//! bytes is a record by itself.

use std::fmt;

use jiff::Timestamp;
use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Member, Service, ShapeId};

/// A structure of an answer that owns its data.
#[derive(Clone)]
pub struct Record {
    service: &'static Service,
    shape: ShapeId,
    fields: Box<[u8]>,
}

/// A structure in a record.
#[derive(Clone, Copy)]
pub struct RecordRef<'a> {
    service: &'static Service,
    shape: ShapeId,
    fields: &'a [u8],
}

/// Where a structure is in the bytes of a record.
#[derive(Clone, Copy)]
pub struct Place {
    shape: ShapeId,
    start: u32,
    end: u32,
}

/// One value of a record.
#[derive(Clone, Copy, Debug)]
pub enum View<'a> {
    Nil,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(&'a str),
    Blob(&'a [u8]),
    Time(Timestamp),
    Record(RecordRef<'a>),
    List(ListRef<'a>),
    Map(MapRef<'a>),
}

/// A list in a record.
#[derive(Clone, Copy)]
pub struct ListRef<'a> {
    part: Part<'a>,
}

/// A map in a record.
#[derive(Clone, Copy)]
pub struct MapRef<'a> {
    part: Part<'a>,
}

/// The content of a list or a map.
#[derive(Clone, Copy)]
struct Part<'a> {
    service: &'static Service,
    /// The shape of the items; `None` in a document, which has none.
    item: Option<ShapeId>,
    bytes: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Tag {
    Nil,
    False,
    True,
    Integer,
    Float,
    Text,
    Blob,
    Time,
    Structure,
    List,
    Map,
}

const TAGS: [Tag; 11] = [
    Tag::Nil,
    Tag::False,
    Tag::True,
    Tag::Integer,
    Tag::Float,
    Tag::Text,
    Tag::Blob,
    Tag::Time,
    Tag::Structure,
    Tag::List,
    Tag::Map,
];

/// Writes a record.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

/// The place of a container's length, or of a field, in a writer.
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);

impl Writer {
    /// Returns the record of the fields that have been written.
    pub(crate) fn finish(self, service: &'static Service, shape: ShapeId) -> Record {
        Record { service, shape, fields: self.0.into_boxed_slice() }
    }

    /// Begins a field of a structure. Its value comes next.
    pub(crate) fn field(&mut self, index: usize) -> Mark {
        let mark = Mark(self.0.len());
        self.number(index as u64);
        mark
    }

    /// Removes everything from a mark on.
    pub(crate) fn remove(&mut self, mark: Mark) {
        self.0.truncate(mark.0);
    }

    /// Whether the last value is a text without content.
    pub(crate) fn ends_with_empty_text(&self) -> bool {
        self.0.ends_with(&[Tag::Text as u8, 0])
    }

    pub(crate) fn begin_structure(&mut self) -> Mark {
        self.begin(Tag::Structure)
    }

    pub(crate) fn begin_list(&mut self) -> Mark {
        self.begin(Tag::List)
    }

    pub(crate) fn begin_map(&mut self) -> Mark {
        self.begin(Tag::Map)
    }

    /// Writes what another writer has.
    pub(crate) fn append(&mut self, other: &Writer) {
        self.0.extend_from_slice(&other.0);
    }

    /// Writes the key of a map's entry. Its value comes next.
    pub(crate) fn key(&mut self, key: &str) {
        self.bytes(key.as_bytes());
    }

    fn begin(&mut self, tag: Tag) -> Mark {
        self.0.push(tag as u8);
        let mark = Mark(self.0.len());
        self.0.extend([0; 4]);
        mark
    }

    /// Ends a container.
    pub(crate) fn end(&mut self, Mark(at): Mark) {
        let length = u32::try_from(self.0.len() - at - 4).expect("answers are limited to less than 4 GB");
        self.0[at..at + 4].copy_from_slice(&length.to_le_bytes());
    }

    /// Writes a value without a shape.
    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            // Answers have no secrets and no planned values.
            Value::Nil | Value::Secret(_) | Value::Planned(_) => self.0.push(Tag::Nil as u8),
            Value::Bool(false) => self.0.push(Tag::False as u8),
            Value::Bool(true) => self.0.push(Tag::True as u8),
            Value::Integer(number) => {
                self.0.push(Tag::Integer as u8);
                self.signed(*number);
            }
            Value::Float(number) => {
                self.0.push(Tag::Float as u8);
                self.0.extend(number.to_le_bytes());
            }
            Value::String(text) => self.text(text),
            Value::Bytes(bytes) => self.blob(bytes),
            Value::Time(time) => {
                self.0.push(Tag::Time as u8);
                self.signed(time.as_second());
                self.signed(time.subsec_nanosecond().into());
            }
            Value::List(items) => {
                let mark = self.begin_list();
                items.iter().for_each(|item| self.value(item));
                self.end(mark);
            }
            Value::Map(Map(entries)) => {
                let mark = self.begin_map();
                for (key, value) in entries {
                    self.key(key);
                    self.value(value);
                }
                self.end(mark);
            }
        }
    }

    /// Writes a whole record as a structure.
    pub(crate) fn record(&mut self, record: &Record) {
        let mark = self.begin_structure();
        self.0.extend_from_slice(&record.fields);
        self.end(mark);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.0.push(Tag::Text as u8);
        self.bytes(text.as_bytes());
    }

    pub(crate) fn blob(&mut self, bytes: &[u8]) {
        self.0.push(Tag::Blob as u8);
        self.bytes(bytes);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Writes a number in as few bytes as it needs, seven bits in each.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Writes small negative numbers as short as small positive ones.
    fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }
}

/// Reads the bytes of a writer.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

/// Only a writer makes these bytes.
const WHOLE: &str = "a record is whole";

impl<'a> Reader<'a> {
    fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(length).expect(WHOLE);
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = self.take(1)[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = self.number() as usize;
        self.take(length)
    }

    fn text(&mut self) -> &'a str {
        std::str::from_utf8(self.bytes()).expect(WHOLE)
    }

    fn tag(&mut self) -> Tag {
        TAGS[usize::from(self.take(1)[0])]
    }

    fn container(&mut self) -> &'a [u8] {
        let length = u32::from_le_bytes(self.take(4).try_into().expect(WHOLE));
        self.take(length as usize)
    }

    fn skip(&mut self) {
        match self.tag() {
            Tag::Nil | Tag::False | Tag::True => {}
            Tag::Integer => _ = self.number(),
            Tag::Float => _ = self.take(8),
            Tag::Text | Tag::Blob => _ = self.bytes(),
            Tag::Time => {
                self.number();
                self.number();
            }
            Tag::Structure | Tag::List | Tag::Map => _ = self.container(),
        }
    }

    /// Reads a value of this shape.
    fn view(&mut self, service: &'static Service, shape: Option<ShapeId>) -> View<'a> {
        match self.tag() {
            Tag::Nil => View::Nil,
            Tag::False => View::Bool(false),
            Tag::True => View::Bool(true),
            Tag::Integer => View::Integer(self.signed()),
            Tag::Float => View::Float(f64::from_le_bytes(self.take(8).try_into().expect(WHOLE))),
            Tag::Text => View::Text(self.text()),
            Tag::Blob => View::Blob(self.bytes()),
            Tag::Time => {
                let (seconds, nanoseconds) = (self.signed(), self.signed());
                View::Time(Timestamp::new(seconds, nanoseconds as i32).expect(WHOLE))
            }
            Tag::Structure => View::Record(RecordRef { service, shape: shape.expect(WHOLE), fields: self.container() }),
            Tag::List => View::List(ListRef { part: self.part(service, shape) }),
            Tag::Map => View::Map(MapRef { part: self.part(service, shape) }),
        }
    }

    fn part(&mut self, service: &'static Service, shape: Option<ShapeId>) -> Part<'a> {
        let item = match shape.map(|shape| &service.shape(shape).kind) {
            Some(Kind::List { item, .. }) => Some(item.target),
            Some(Kind::Map { value, .. }) => Some(value.target),
            // The events of a stream that was read as a whole.
            Some(Kind::Structure(_)) => shape,
            _ => None,
        };
        Part { service, item, bytes: self.container() }
    }
}

impl Record {
    /// Returns the answer of an operation without an output.
    pub fn empty(service: &'static Service) -> Record {
        Writer::default().finish(service, ShapeId(0))
    }

    pub fn as_ref(&self) -> RecordRef<'_> {
        RecordRef { service: self.service, shape: self.shape, fields: &self.fields }
    }

    /// Returns the field at this index in the model.
    pub fn get(&self, index: usize) -> View<'_> {
        self.as_ref().get(index)
    }

    /// Returns the field of this name in snake case.
    pub fn named(&self, name: &str) -> View<'_> {
        self.as_ref().named(name)
    }

    pub fn to_map(&self) -> Map {
        self.as_ref().to_map()
    }

    /// Returns the number of bytes that the fields take.
    pub fn size(&self) -> usize {
        self.fields.len()
    }

    /// Makes a structure with this one as its only field, such as an event of a stream.
    pub fn within(&self, shape: ShapeId, field: usize) -> Record {
        let mut writer = Writer::default();
        writer.field(field);
        writer.record(self);
        writer.finish(self.service, shape)
    }

    /// Returns a copy with one more field, which the model does not have. Its index follows those of the model.
    pub fn with(&self, index: usize, value: &Value) -> Record {
        let mut writer = Writer(self.fields.to_vec());
        writer.field(index);
        writer.value(value);
        writer.finish(self.service, self.shape)
    }

    /// Returns the bytes of the fields, for [`Record::of_bytes`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.fields
    }

    /// Makes a record of the bytes of another one with the same shape, such as that of another process of this program.
    pub fn of_bytes(service: &'static Service, shape: ShapeId, bytes: &[u8]) -> Record {
        Record { service, shape, fields: bytes.into() }
    }

    /// Returns where a structure of this record is. Panics if the structure is of another record.
    pub fn place(&self, part: RecordRef<'_>) -> Place {
        let start = part.fields.as_ptr().addr().wrapping_sub(self.fields.as_ptr().addr());
        assert!(start + part.fields.len() <= self.fields.len(), "the structure is a part of the record");
        let offset = |offset: usize| u32::try_from(offset).expect("answers are limited to less than 4 GB");
        Place { shape: part.shape, start: offset(start), end: offset(start + part.fields.len()) }
    }

    /// Returns the structure at a place of this record.
    pub fn at(&self, place: Place) -> RecordRef<'_> {
        let fields = &self.fields[place.start as usize..place.end as usize];
        RecordRef { service: self.service, shape: place.shape, fields }
    }
}

impl<'a> RecordRef<'a> {
    pub fn shape(self) -> ShapeId {
        self.shape
    }

    /// Returns the field at this index in the model.
    pub fn get(self, index: usize) -> View<'a> {
        let mut reader = Reader(self.fields);
        while !reader.is_empty() {
            if reader.number() == index as u64 {
                let member = self.members().get(index);
                return reader.view(self.service, member.map(|member| member.target.target));
            }
            reader.skip();
        }
        View::Nil
    }

    /// Returns the field of this name in snake case.
    pub fn named(self, name: &str) -> View<'a> {
        let index = self.members().iter().position(|member| *member.name == *name);
        index.map_or(View::Nil, |index| self.get(index))
    }

    /// Returns the fields of the model that are set.
    pub fn fields(self) -> impl Iterator<Item = (&'static Member, View<'a>)> {
        let mut reader = Reader(self.fields);
        std::iter::from_fn(move || {
            if reader.is_empty() {
                return None;
            }
            // Fields that the model does not have come last.
            let member = self.members().get(reader.number() as usize)?;
            Some((member, reader.view(self.service, Some(member.target.target))))
        })
    }

    /// Returns a copy that does not keep the whole answer.
    pub fn to_owned(self) -> Record {
        Record { service: self.service, shape: self.shape, fields: self.fields.into() }
    }

    /// Returns a copy that has only the fields of these names.
    pub fn only(self, names: &[&str]) -> Record {
        let mut writer = Writer::default();
        let mut reader = Reader(self.fields);
        while !reader.is_empty() {
            let field = reader.0;
            let index = reader.number();
            reader.skip();
            if self.members().get(index as usize).is_some_and(|member| names.contains(&&*member.name)) {
                writer.0.extend_from_slice(&field[..field.len() - reader.0.len()]);
            }
        }
        writer.finish(self.service, self.shape)
    }

    pub fn to_map(self) -> Map {
        self.fields().map(|(member, view)| (member.name.to_string(), view.to_value())).collect()
    }

    fn members(self) -> &'static [Member] {
        self.service.shape(self.shape).as_structure().map_or(&[], |structure| &structure.members)
    }
}

impl<'a> ListRef<'a> {
    pub fn iter(self) -> impl Iterator<Item = View<'a>> {
        let mut reader = Reader(self.part.bytes);
        std::iter::from_fn(move || (!reader.is_empty()).then(|| reader.view(self.part.service, self.part.item)))
    }

    /// Counts the items.
    pub fn count(self) -> usize {
        let mut reader = Reader(self.part.bytes);
        std::iter::from_fn(|| (!reader.is_empty()).then(|| reader.skip())).count()
    }
}

impl<'a> MapRef<'a> {
    pub fn entries(self) -> impl Iterator<Item = (&'a str, View<'a>)> {
        let mut reader = Reader(self.part.bytes);
        std::iter::from_fn(move || {
            (!reader.is_empty()).then(|| (reader.text(), reader.view(self.part.service, self.part.item)))
        })
    }
}

impl View<'_> {
    pub fn to_value(self) -> Value {
        match self {
            View::Nil => Value::Nil,
            View::Bool(yes) => Value::Bool(yes),
            View::Integer(number) => Value::Integer(number),
            View::Float(number) => Value::Float(number),
            View::Text(text) => text.into(),
            View::Blob(bytes) => Value::from_bytes(bytes.to_vec()),
            View::Time(time) => Value::Time(time),
            View::Record(record) => Value::Map(record.to_map()),
            View::List(list) => Value::List(list.iter().map(View::to_value).collect()),
            View::Map(map) => Value::Map(map.entries().map(|(key, view)| (key.to_owned(), view.to_value())).collect()),
        }
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.service, other.service) && self.shape == other.shape && self.fields == other.fields
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl fmt::Debug for RecordRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct(self.service.shape(self.shape).name);
        self.fields().for_each(|(member, view)| _ = debug.field(&member.name, &view));
        debug.finish()
    }
}

impl fmt::Debug for ListRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for MapRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries()).finish()
    }
}
