//! The shapes of a model as schemas of the protocol crates, made when they are first used.
//!
//! Schemas hold no names of items in lists and maps, because serializers take a schema with a name for a member of a
//! structure. Members of structures end in the target's type, so that shapes which hold themselves have an end.

use std::sync::OnceLock;

use aws_smithy_schema::traits::{HttpTrait, TimestampFormat as WireTime};
use aws_smithy_schema::{Schema, ShapeId as SchemaId, ShapeType, intern_header_name};
use moonfleet_models::{
    Kind, Location, Member, Namespace, Operation, Protocol, Reference, Service, Shape, ShapeId, Structure,
    TimestampFormat,
};

use crate::xml::Names;

/// How deep the types of nested lists and maps are known without a structure between them. No model has more.
const NESTED_COLLECTIONS: u8 = 6;

/// EC2 names parameters otherwise than fields of answers; the other protocols have one name for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Input,
    Output,
}

type Kept = &'static Schema<'static>;

/// The schemas of a service in one protocol. They stay until the process ends.
#[derive(Debug)]
pub(crate) struct Schemas {
    pub(crate) service: &'static Service,
    pub(crate) protocol: Protocol,
    inputs: Box<[ShapeSchemas]>,
    outputs: Box<[ShapeSchemas]>,
    /// Empty if the protocol is not XML.
    xml_names: Box<[OnceLock<Names>]>,
}

#[derive(Debug, Default)]
struct ShapeSchemas {
    /// The schema of a list's items or a map's values.
    item: OnceLock<Kept>,
    /// The schemas of a structure's members.
    members: OnceLock<&'static [Kept]>,
    structure: OnceLock<Kept>,
}

impl Schemas {
    pub(crate) fn new(service: &'static Service, protocol: Protocol) -> Self {
        let schemas = || service.shape_ids().map(|_| ShapeSchemas::default()).collect();
        let xml_shapes = if is_xml(protocol) { service.shape_count() } else { 0 };
        let xml_names = (0..xml_shapes).map(|_| OnceLock::new()).collect();
        Schemas { service, protocol, inputs: schemas(), outputs: schemas(), xml_names }
    }

    fn at(&self, id: ShapeId, direction: Direction) -> &ShapeSchemas {
        match direction {
            Direction::Input => &self.inputs[id.index()],
            Direction::Output => &self.outputs[id.index()],
        }
    }

    pub(crate) fn shape(&self, id: ShapeId) -> &'static Shape {
        self.service.shape(id)
    }

    /// Returns the schema of the items of this list, or of the values of this map.
    pub(crate) fn item(&self, collection: ShapeId, item: &Reference, direction: Direction) -> Kept {
        self.at(collection, direction).item.get_or_init(|| {
            let shape = self.shape(item.target);
            let named = schema_id(shape.name);
            let schema = match &shape.kind {
                Kind::Structure(_) => {
                    Schema::new_struct(named, shape_type(shape), self.members(item.target, direction))
                }
                Kind::List { item, .. } => Schema::new_list(named, self.element(item, "member", 0, direction, 0)),
                Kind::Map { key, value, .. } => {
                    Schema::new_map(named, self.key(key), self.element(value, "value", 1, direction, 0))
                }
                _ => Schema::new(named, shape_type(shape)),
            };
            keep(self.with_traits(schema, item, direction))
        })
    }

    /// Returns the schemas of a structure's members, in the order of the model.
    pub(crate) fn members(&self, id: ShapeId, direction: Direction) -> &'static [Kept] {
        self.at(id, direction).members.get_or_init(|| {
            let Some(structure) = self.shape(id).as_structure() else { return &[] };
            let members = structure.members.iter().enumerate();
            let members = members.map(|(at, member)| keep(self.member(structure, at, member, direction)));
            Box::leak(members.collect())
        })
    }

    /// Returns the schema of a structure that is the whole body of a request. Its element has the name of the member.
    pub(crate) fn payload(&self, member: &Member) -> Schema<'static> {
        let target = self.shape(member.target.target);
        let members = self.members(target.id, Direction::Input);
        let schema = Schema::new_struct(schema_id(target.name), shape_type(target), members);
        with_namespace(schema.with_xml_name(member.wire_name), member.target.namespace)
    }

    pub(crate) fn input(&self, operation: &Operation) -> Schema<'static> {
        let schema = match &operation.input {
            Some(input) => {
                let members = self.members(input.target, Direction::Input);
                let schema =
                    Schema::new_struct(schema_id(self.shape(input.target).name), ShapeType::Structure, members);
                with_namespace(with_xml_name(schema, input.wire_name), input.namespace)
            }
            None => Schema::new_struct(schema_id("Nothing"), ShapeType::Structure, &[]),
        };
        schema.with_http(HttpTrait::new(operation.http_method, operation.http_uri, None))
    }

    /// Returns the schema by which a structure of an answer is read.
    pub(crate) fn output(&self, id: ShapeId) -> Kept {
        self.at(id, Direction::Output).structure.get_or_init(|| {
            let shape = self.shape(id);
            keep(Schema::new_struct(schema_id(shape.name), shape_type(shape), self.members(id, Direction::Output)))
        })
    }

    /// Returns the names in XML of a structure's members; `None` for other shapes.
    pub(crate) fn xml_names(&self, id: ShapeId) -> Option<&Names> {
        let structure = self.shape(id).as_structure()?;
        Some(self.xml_names.get(id.index())?.get_or_init(|| Names::new(self.service, structure)))
    }

    pub(crate) fn is_xml(&self) -> bool {
        is_xml(self.protocol)
    }

    fn is_ec2_input(&self, direction: Direction) -> bool {
        self.protocol == Protocol::Ec2 && direction == Direction::Input
    }

    fn member(&self, structure: &Structure, at: usize, member: &Member, direction: Direction) -> Schema<'static> {
        let target = self.shape(member.target.target);
        let is_body = member.location == Location::Body;
        // JSON-RPC and CBOR know no other name than the member's. Labels are found by it too.
        let has_own_name = self.is_xml() && member.location != Location::Label;
        let name = if has_own_name { member.api_name } else { member.wire_name };
        let mut schema = Schema::new_member(schema_id(target.name), shape_type(target), name, at);
        if self.is_ec2_input(direction) {
            schema = schema.with_xml_name(ec2_name(member));
        } else if self.is_xml() && is_body {
            schema = with_xml_name(schema, flattened_name(target, &member.target).or(member.target.wire_name));
        }
        schema = self.with_collection(schema, target, direction, 0);
        schema = self.with_traits(schema, &member.target, direction);
        if member.xml_attribute {
            schema = schema.with_xml_attribute();
        }
        schema = match member.location {
            Location::Header => schema.with_http_header(intern_header_name(member.wire_name)),
            Location::PrefixHeaders => schema.with_http_prefix_headers(member.target.wire_name.unwrap_or_default()),
            Location::Label => schema.with_http_label(),
            Location::Query if matches!(target.kind, Kind::Map { .. }) => schema.with_http_query_params(),
            Location::Query => schema.with_http_query(member.wire_name),
            Location::Status => schema.with_http_response_code(),
            Location::Body => schema,
        };
        if member.target.json_value && member.location == Location::Header {
            schema = schema.with_media_type("application/json");
        }
        if structure.payload == Some(at) {
            schema = schema.with_http_payload();
            if member.streaming && direction == Direction::Output {
                schema = schema.with_streaming();
            }
        }
        schema
    }

    /// Returns the schema that names the items of a list or the values of a map.
    fn element(&self, item: &Reference, name: &'static str, at: usize, direction: Direction, depth: u8) -> Kept {
        let target = self.shape(item.target);
        let schema = Schema::new_member(schema_id(target.name), shape_type(target), name, at);
        let schema = self.with_collection(schema, target, direction, depth + 1);
        keep(with_xml_name(self.with_traits(schema, item, direction), item.wire_name))
    }

    fn key(&self, key: &Reference) -> Kept {
        let schema = Schema::new_member(schema_id(self.shape(key.target).name), ShapeType::String, "key", 0);
        keep(with_xml_name(schema, key.wire_name))
    }

    fn with_collection(
        &self,
        schema: Schema<'static>,
        target: &Shape,
        direction: Direction,
        depth: u8,
    ) -> Schema<'static> {
        match &target.kind {
            _ if depth == NESTED_COLLECTIONS => schema,
            Kind::List { item, .. } => schema.with_list_member(self.element(item, "member", 0, direction, depth)),
            Kind::Map { key, value, .. } => {
                schema.with_map_members(self.key(key), self.element(value, "value", 1, direction, depth))
            }
            _ => schema,
        }
    }

    fn with_traits(&self, schema: Schema<'static>, to: &Reference, direction: Direction) -> Schema<'static> {
        let target = self.shape(to.target);
        let is_list = matches!(target.kind, Kind::List { .. });
        let schema = match &target.kind {
            Kind::Timestamp(Some(TimestampFormat::Iso8601)) => schema.with_timestamp_format(WireTime::DateTime),
            Kind::Timestamp(Some(TimestampFormat::Rfc822)) => schema.with_timestamp_format(WireTime::HttpDate),
            Kind::Timestamp(Some(TimestampFormat::UnixTimestamp)) => {
                schema.with_timestamp_format(WireTime::EpochSeconds)
            }
            _ => schema,
        };
        let schema = match to.flattened || is_list && self.is_ec2_input(direction) {
            true => schema.with_xml_flattened(),
            false => schema,
        };
        with_namespace(schema, to.namespace)
    }
}

fn is_xml(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::RestXml | Protocol::Query | Protocol::Ec2)
}

fn with_xml_name(schema: Schema<'static>, name: Option<&'static str>) -> Schema<'static> {
    match name {
        Some(name) => schema.with_xml_name(name),
        None => schema,
    }
}

fn with_namespace(schema: Schema<'static>, namespace: Option<Namespace>) -> Schema<'static> {
    match namespace {
        Some(Namespace { uri, prefix }) => schema.with_xml_namespace(uri, prefix),
        None => schema,
    }
}

/// The items of a flattened list have the name of the items, if they have one, instead of the member's.
fn flattened_name(target: &Shape, to: &Reference) -> Option<&'static str> {
    match &target.kind {
        Kind::List { item, .. } if to.flattened => item.wire_name,
        _ => None,
    }
}

/// Returns the name of a parameter of EC2.
fn ec2_name(member: &Member) -> &'static str {
    if let Some(name) = member.query_name {
        return name;
    }
    let mut letters = member.wire_name.chars();
    match letters.next() {
        Some(first) if first.is_lowercase() => {
            Box::leak(first.to_uppercase().chain(letters).collect::<String>().into_boxed_str())
        }
        _ => member.wire_name,
    }
}

fn schema_id(name: &'static str) -> SchemaId<'static> {
    SchemaId::from_parts(name, "", name)
}

fn keep(schema: Schema<'static>) -> Kept {
    Box::leak(Box::new(schema))
}

fn shape_type(shape: &Shape) -> ShapeType {
    match &shape.kind {
        Kind::Structure(Structure { union: true, .. }) => ShapeType::Union,
        Kind::Structure(_) => ShapeType::Structure,
        Kind::List { .. } => ShapeType::List,
        Kind::Map { .. } => ShapeType::Map,
        Kind::String { .. } => ShapeType::String,
        Kind::Integer => ShapeType::Integer,
        Kind::Long => ShapeType::Long,
        Kind::Float => ShapeType::Float,
        Kind::Double => ShapeType::Double,
        Kind::Boolean => ShapeType::Boolean,
        Kind::Timestamp(_) => ShapeType::Timestamp,
        Kind::Blob => ShapeType::Blob,
        Kind::Document => ShapeType::Document,
    }
}
