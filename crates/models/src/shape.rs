//! Shapes: the types of inputs, outputs and their parts.

use std::borrow::Cow;

use crate::names::snake;
use crate::service::ShapeLines;
use crate::text::{Malformed, Words, head_and_body};

/// The index of a shape in its service: below [`Service::shape_count`](crate::Service::shape_count).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(pub u32);

impl ShapeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A named type of a service.
#[derive(Debug)]
pub struct Shape {
    pub id: ShapeId,
    pub name: &'static str,
    pub kind: Kind,
    /// The value is a secret or personal data.
    pub sensitive: bool,
    pub deprecated: bool,
    /// The limits of a number's value, a string's or a blob's length, a list's or a map's size.
    pub bounds: Bounds,
    /// The regular expression that a string must match.
    pub pattern: Option<Cow<'static, str>>,
}

#[derive(Debug)]
pub enum Kind {
    Structure(Structure),
    List {
        item: Reference,
        /// Items may be null.
        sparse: bool,
    },
    Map {
        key: Reference,
        value: Reference,
        /// Values may be null.
        sparse: bool,
    },
    String {
        /// The known values of an enumeration; empty if any string is valid. AWS adds values without notice.
        values: Box<[Cow<'static, str>]>,
    },
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Timestamp(Option<TimestampFormat>),
    Blob,
    /// Any JSON value.
    Document,
}

#[derive(Debug, Default)]
pub struct Structure {
    /// In the order of the model, which is the order on the wire.
    pub members: Box<[Member]>,
    /// The index of the member that is the whole body of the message.
    pub payload: Option<usize>,
    /// Exactly one member is set.
    pub union: bool,
    /// A stream of events, each of which is one member.
    pub event_stream: bool,
    /// An event of a stream.
    pub event: bool,
    pub error: Option<ErrorTraits>,
}

impl Structure {
    /// Returns a member and its index by its snake case name.
    pub fn member(&self, name: &str) -> Option<(usize, &Member)> {
        self.members.iter().enumerate().find(|(_, member)| *member.name == *name)
    }
}

/// What the model says of an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorTraits {
    /// The code in answers, if it is not the shape's name.
    pub code: Option<&'static str>,
    pub status: Option<u16>,
    pub fault: Option<Fault>,
    pub retry: Option<Retry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request was wrong.
    Sender,
    /// The service failed.
    Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    Transient,
    Throttling,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    Iso8601,
    Rfc822,
    UnixTimestamp,
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// In snake case.
    pub name: Box<str>,
    /// The name in the model.
    pub api_name: &'static str,
    /// The name in messages, or the prefix of [`Location::PrefixHeaders`].
    pub wire_name: &'static str,
    /// The type, and how a message holds it. Its own wire name is `None` if the member has no other than its name.
    pub target: Reference,
    pub location: Location,
    /// The name in requests of the EC2 protocol, if it is not made from the wire name.
    pub query_name: Option<&'static str>,
    pub required: bool,
    pub deprecated: bool,
    /// A client fills it with a new token if the caller does not.
    pub idempotency_token: bool,
    /// Its value is part of the host name.
    pub host_label: bool,
    pub xml_attribute: bool,
    /// Bytes that are not kept in memory as a whole.
    pub streaming: bool,
    /// A stream whose length must be known before it is sent.
    pub requires_length: bool,
    pub event_header: bool,
    pub event_payload: bool,
    /// The parameter of the endpoint rules that has its value.
    pub context_param: Option<&'static str>,
}

/// Where a message holds a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Location {
    #[default]
    Body,
    Header,
    /// Each entry of a map is a header whose name begins with the wire name.
    PrefixHeaders,
    /// Part of the path.
    Label,
    Query,
    /// The HTTP status of an answer.
    Status,
}

/// A use of a shape. What a shape says of itself is repeated here, where the use does not say otherwise.
#[derive(Clone, Debug)]
pub struct Reference {
    pub target: ShapeId,
    pub wire_name: Option<&'static str>,
    pub namespace: Option<Namespace>,
    /// The items have no common parent element.
    pub flattened: bool,
    /// Text that holds a JSON value. It is in base64 in headers.
    pub json_value: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Namespace {
    pub uri: &'static str,
    pub prefix: Option<&'static str>,
}

/// The smallest and the largest value or size; `None` if there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl Shape {
    pub fn as_structure(&self) -> Option<&Structure> {
        match &self.kind {
            Kind::Structure(structure) => Some(structure),
            _ => None,
        }
    }

    pub(crate) fn read(id: ShapeId, entry: &'static str, shapes: &ShapeLines) -> Result<Shape, Malformed> {
        let (head, body) = head_and_body(entry);
        let mut words = Words::new(head);
        let kind = words.expect("the kind")?;
        let name = words.expect("the name")?;
        let mut shape = Shape {
            id,
            name,
            kind: Kind::Document,
            sensitive: false,
            deprecated: false,
            bounds: Bounds::default(),
            pattern: None,
        };
        let item = match kind {
            "list" => Some(shapes.find(words.expect("the items")?, &words)?),
            _ => None,
        };
        let mut item = item.map(Reference::to);
        let mut sparse = false;
        let mut structure = Structure::default();
        let mut payload = None;
        let mut format = None;
        while let Some((key, value)) = words.next_pair() {
            match (key, value) {
                ("sensitive", None) => shape.sensitive = true,
                ("deprecated", None) => shape.deprecated = true,
                ("sparse", None) => sparse = true,
                ("union", None) => structure.union = true,
                ("events", None) => structure.event_stream = true,
                ("event", None) => structure.event = true,
                ("size", Some(size)) => shape.bounds = bounds(size, &words)?,
                ("pattern", Some(pattern)) => shape.pattern = Some(words.unquote(pattern)?),
                ("payload", Some(member)) => payload = Some(member),
                ("iso8601", None) => format = Some(TimestampFormat::Iso8601),
                ("rfc822", None) => format = Some(TimestampFormat::Rfc822),
                ("unixTimestamp", None) => format = Some(TimestampFormat::UnixTimestamp),
                _ => {
                    let known = match &mut item {
                        Some(item) => item.read_word(key, value),
                        None => structure.error.get_or_insert_default().read_word(key, value, &words)?,
                    };
                    if !known {
                        return Err(words.unknown(key));
                    }
                }
            }
        }
        shape.kind = match kind {
            "structure" => {
                structure.members = body.map(|line| Member::read(line, shapes)).collect::<Result<_, _>>()?;
                if let Some(payload) = payload {
                    let at = structure.members.iter().position(|member| member.api_name == payload);
                    structure.payload = Some(at.ok_or_else(|| words.unknown(payload))?);
                }
                Kind::Structure(structure)
            }
            "list" => Kind::List { item: item.ok_or_else(|| words.unknown(kind))?, sparse },
            "map" => {
                let mut sides = body.map(|line| {
                    let mut words = Words::new(line);
                    let target = shapes.find(words.expect("the type")?, &words)?;
                    let mut reference = Reference::to(target);
                    reference.read_words(&mut words)?;
                    Ok(reference)
                });
                let (Some(key), Some(value)) = (sides.next(), sides.next()) else {
                    return Err(words.malformed("the types of keys and values are missing"));
                };
                Kind::Map { key: key?, value: value?, sparse }
            }
            "string" => {
                let value = |line: &'static str| {
                    let line = line.trim_start();
                    Words::new(line).unquote(line)
                };
                Kind::String { values: body.map(value).collect::<Result<_, _>>()? }
            }
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp(format),
            "blob" => Kind::Blob,
            "document" => Kind::Document,
            other => return Err(words.unknown(other)),
        };
        Ok(shape)
    }
}

fn bounds(size: &'static str, words: &Words) -> Result<Bounds, Malformed> {
    let (min, max) = size.split_once("..").ok_or_else(|| words.unknown(size))?;
    let limit = |limit: &'static str| (!limit.is_empty()).then(|| words.number(limit)).transpose();
    Ok(Bounds { min: limit(min)?, max: limit(max)? })
}

impl ErrorTraits {
    /// Returns false if the word says nothing of an error.
    fn read_word(&mut self, key: &str, value: Option<&'static str>, words: &Words) -> Result<bool, Malformed> {
        match (key, value) {
            ("error", None) => {}
            ("code", Some(code)) => self.code = Some(code),
            ("status", Some(status)) => self.status = Some(words.number(status)?),
            ("sender", None) => self.fault = Some(Fault::Sender),
            ("service", None) => self.fault = Some(Fault::Service),
            ("retry", None) => self.retry = Some(Retry::Transient),
            ("throttling", None) => self.retry = Some(Retry::Throttling),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Member {
    fn read(line: &'static str, shapes: &ShapeLines) -> Result<Member, Malformed> {
        let mut words = Words::new(line);
        let name = words.expect("the name")?;
        let (api_name, required) = match name.strip_suffix('!') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let target = shapes.find(words.expect("the type")?, &words)?;
        let mut member = Member {
            name: snake(api_name).into(),
            api_name,
            wire_name: api_name,
            target: Reference::to(target),
            location: Location::Body,
            query_name: None,
            required,
            deprecated: false,
            idempotency_token: false,
            host_label: false,
            xml_attribute: false,
            streaming: false,
            requires_length: false,
            event_header: false,
            event_payload: false,
            context_param: None,
        };
        while let Some((key, value)) = words.next_pair() {
            match (key, value) {
                ("header", None) => member.location = Location::Header,
                ("prefix-headers", None) => member.location = Location::PrefixHeaders,
                ("label", None) => member.location = Location::Label,
                ("query", None) => member.location = Location::Query,
                ("status", None) => member.location = Location::Status,
                ("query-name", Some(name)) => member.query_name = Some(name),
                ("deprecated", None) => member.deprecated = true,
                ("token", None) => member.idempotency_token = true,
                ("host", None) => member.host_label = true,
                ("attribute", None) => member.xml_attribute = true,
                ("stream", None) => member.streaming = true,
                ("requires-length", None) => member.requires_length = true,
                ("event-header", None) => member.event_header = true,
                ("event-payload", None) => member.event_payload = true,
                ("context", Some(parameter)) => member.context_param = Some(parameter),
                _ if member.target.read_word(key, value) => {}
                _ => return Err(words.unknown(key)),
            }
        }
        if let Some(wire_name) = member.target.wire_name {
            member.wire_name = wire_name;
        }
        Ok(member)
    }
}

impl Reference {
    pub(crate) fn to(target: ShapeId) -> Reference {
        Reference { target, wire_name: None, namespace: None, flattened: false, json_value: false }
    }

    pub(crate) fn read_words(&mut self, words: &mut Words) -> Result<(), Malformed> {
        while let Some((key, value)) = words.next_pair() {
            if !self.read_word(key, value) {
                return Err(words.unknown(key));
            }
        }
        Ok(())
    }

    /// Returns false if the word says nothing of a reference.
    pub(crate) fn read_word(&mut self, key: &str, value: Option<&'static str>) -> bool {
        match (key, value) {
            ("as", Some(name)) => self.wire_name = Some(name),
            ("namespace", Some(uri)) => self.namespace = Some(Namespace { uri, prefix: None }),
            ("prefix", Some(prefix)) => {
                let Some(namespace) = &mut self.namespace else { return false };
                namespace.prefix = Some(prefix);
            }
            ("flat", None) => self.flattened = true,
            ("json", None) => self.json_value = true,
            _ => return false,
        }
        true
    }
}
