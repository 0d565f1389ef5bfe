//! Answers as the decoder of AWS's SDK reads them, along the shapes of a model. The code that the SDK generates for its
//! typed clients uses the decoder in the same way.

use aws_smithy_types::base64;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};
use jiff::Timestamp;
use moonfleet_core::Value;
use moonfleet_models::{Kind, Reference, Service, Shape, ShapeId, Structure};
use moonfleet_protocols::View;

/// A value of an answer.
#[derive(Debug)]
pub(crate) enum Node {
    Scalar(Value),
    /// The indexes of members, and their values.
    Structure(Vec<(usize, Node)>),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Whether this is a value of a record.
    pub(crate) fn is(&self, view: View<'_>) -> bool {
        match (self, view) {
            (Node::Structure(fields), View::Record(record)) => {
                record.fields().count() == fields.len()
                    && fields.iter().all(|(at, node)| match record.get(*at) {
                        View::Nil => false,
                        view => node.is(view),
                    })
            }
            (Node::List(items), View::List(list)) => {
                list.count() == items.len() && items.iter().zip(list.iter()).all(|(node, view)| node.is(view))
            }
            (Node::Map(entries), View::Map(map)) => {
                let is_same = |((name, node), (key, view)): (&(String, Node), _)| name == key && node.is(view);
                map.entries().count() == entries.len() && entries.iter().zip(map.entries()).all(is_same)
            }
            (Node::Scalar(Value::Bytes(bytes)), View::Blob(blob)) => bytes == blob,
            (Node::Scalar(value), view) => view.to_value() == *value,
            _ => false,
        }
    }
}

/// Reads a document whose root has the members of a structure.
pub(crate) fn decode(service: &'static Service, id: ShapeId, document: &str) -> Result<Node, String> {
    let mut document = Document::new(document);
    let mut root = document.root_element().map_err(|error| error.to_string())?;
    members(service, structure(service.shape(id)), &mut root)
}

type Decoder<'d, 'inp, 'a> = &'d mut ScopedDecoder<'inp, 'a>;

fn structure(shape: &Shape) -> &Structure {
    shape.as_structure().expect("an output is a structure")
}

fn element_name(service: &'static Service, to: &Reference, wire_name: &'static str) -> &'static str {
    match &service.shape(to.target).kind {
        Kind::List { item, .. } if to.flattened => item.wire_name.unwrap_or(wire_name),
        _ => wire_name,
    }
}

fn members(service: &'static Service, structure: &Structure, decoder: Decoder<'_, '_, '_>) -> Result<Node, String> {
    let mut fields: Vec<(usize, Node)> = Vec::new();
    for (at, member) in structure.members.iter().enumerate().filter(|(_, member)| member.xml_attribute) {
        if let Some(text) = decoder.start_el().attr(member.wire_name) {
            fields.push((at, Node::Scalar(scalar(service.shape(member.target.target), text)?)));
        }
    }
    while let Some(mut tag) = decoder.next_tag() {
        let mut all = structure.members.iter().enumerate();
        let found =
            all.find(|(_, member)| tag.start_el().matches(element_name(service, &member.target, member.wire_name)));
        let Some((at, member)) = found else { continue };
        let to = &member.target;
        match &service.shape(to.target).kind {
            Kind::List { item, .. } if to.flattened => {
                let item = value(service, item, &mut tag)?;
                match fields.iter_mut().find(|(other, _)| *other == at) {
                    Some((_, Node::List(items))) => items.push(item),
                    _ => fields.push((at, Node::List(vec![item]))),
                }
            }
            Kind::Map { key, value, .. } if to.flattened => {
                let entry = entry(service, key, value, &mut tag)?;
                match fields.iter_mut().find(|(other, _)| *other == at) {
                    Some((_, Node::Map(entries))) => entries.extend(entry),
                    _ => fields.push((at, Node::Map(entry.into_iter().collect()))),
                }
            }
            _ => match value(service, to, &mut tag)? {
                Node::Scalar(Value::Nil) => {}
                node => fields.push((at, node)),
            },
        }
    }
    Ok(Node::Structure(fields))
}

fn value(service: &'static Service, to: &Reference, decoder: Decoder<'_, '_, '_>) -> Result<Node, String> {
    let shape = service.shape(to.target);
    Ok(match &shape.kind {
        Kind::Structure(structure) => members(service, structure, decoder)?,
        Kind::List { item, .. } => {
            let mut items = Vec::new();
            while let Some(mut tag) = decoder.next_tag() {
                items.push(value(service, item, &mut tag)?);
            }
            Node::List(items)
        }
        Kind::Map { key, value, .. } => {
            let mut entries = Vec::new();
            while let Some(mut tag) = decoder.next_tag() {
                entries.extend(entry(service, key, value, &mut tag)?);
            }
            Node::Map(entries)
        }
        _ => Node::Scalar(scalar(shape, &try_data(decoder).map_err(|error| error.to_string())?)?),
    })
}

fn entry(
    service: &'static Service,
    key: &Reference,
    value_of: &Reference,
    decoder: Decoder<'_, '_, '_>,
) -> Result<Option<(String, Node)>, String> {
    let (mut name, mut content) = (None, None);
    while let Some(mut tag) = decoder.next_tag() {
        if tag.start_el().matches(key.wire_name.unwrap_or("key")) {
            name = Some(try_data(&mut tag).map_err(|error| error.to_string())?.into_owned());
        } else if tag.start_el().matches(value_of.wire_name.unwrap_or("value")) {
            content = Some(value(service, value_of, &mut tag)?);
        }
    }
    Ok(name.zip(content))
}

fn scalar(shape: &Shape, text: &str) -> Result<Value, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{} is {text:?}: {error}", shape.name);
    Ok(match &shape.kind {
        Kind::String { .. } => text.into(),
        Kind::Blob => Value::Bytes(base64::decode(text).map_err(|error| wrong(&error))?),
        _ if text.is_empty() => Value::Nil,
        Kind::Boolean => Value::Bool(text.parse().map_err(|error| wrong(&error))?),
        Kind::Integer | Kind::Long => Value::Integer(text.parse().map_err(|error| wrong(&error))?),
        Kind::Float | Kind::Double => Value::Float(text.parse().map_err(|error| wrong(&error))?),
        Kind::Timestamp(_) => {
            let time = DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|error| wrong(&error))?;
            let time = Timestamp::new(time.secs(), time.subsec_nanos() as i32);
            Value::Time(time.map_err(|error| wrong(&error))?)
        }
        _ => return Err(wrong(&"no scalar")),
    })
}
