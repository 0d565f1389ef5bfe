//! Answers: what a deserializer reads, written into a record along the shapes of a model. XML has a reader of its own,
//! except for headers.

use aws_smithy_schema::Schema;
use aws_smithy_schema::serde::{SerdeError, ShapeDeserializer};
use moonfleet_core::Value;
use moonfleet_models::{Kind, Location, Member, Protocol, Reference, Shape, ShapeId};

use crate::record::{Record, Writer};
use crate::scalars;
use crate::schemas::{Direction, Schemas};

type Deserializer<'d> = &'d mut dyn ShapeDeserializer;

/// Reads a structure.
pub(crate) fn structure(deserializer: Deserializer<'_>, schemas: &Schemas, id: ShapeId) -> Result<Record, SerdeError> {
    let mut writer = Writer::default();
    members(deserializer, schemas, id, &mut writer, &|_| true)?;
    Ok(writer.finish(schemas.service, id))
}

/// Reads the wanted members of a structure.
pub(crate) fn members(
    deserializer: Deserializer<'_>,
    schemas: &Schemas,
    id: ShapeId,
    writer: &mut Writer,
    is_wanted: &dyn Fn(&Member) -> bool,
) -> Result<(), SerdeError> {
    let Some(structure) = schemas.shape(id).as_structure() else { return Ok(()) };
    let schema = schemas.output(id);
    let reader = Reader { schemas };
    deserializer.read_struct(schema, &mut |member_schema, deserializer| {
        if deserializer.is_null() {
            return deserializer.read_null();
        }
        let member = member_schema.member_index().and_then(|at| Some((at, structure.members.get(at)?)));
        let Some((at, member)) = member.filter(|(_, member)| is_wanted(member)) else {
            return deserializer.skip_value();
        };
        let mark = writer.field(at);
        if !reader.member(deserializer, member_schema, member, writer)? {
            writer.remove(mark);
        }
        Ok(())
    })
}

struct Reader<'s> {
    schemas: &'s Schemas,
}

impl Reader<'_> {
    /// Reads a member. Returns false if an element without content has no value.
    fn member(
        &self,
        deserializer: Deserializer<'_>,
        schema: &Schema<'_>,
        member: &Member,
        writer: &mut Writer,
    ) -> Result<bool, SerdeError> {
        let target = self.schemas.shape(member.target.target);
        let is_text_payload = schema.http_payload().is_some() && matches!(target.kind, Kind::String { .. });
        match member.location {
            Location::Body if is_text_payload => {
                writer.value(&Value::String(deserializer.read_string(schema)?));
                Ok(true)
            }
            Location::Body => self.value(deserializer, schema, &member.target, writer),
            _ => self.bound_value(deserializer, schema, &member.target, writer),
        }
    }

    /// Reads a value of the body.
    fn value(
        &self,
        deserializer: Deserializer<'_>,
        schema: &Schema<'_>,
        to: &Reference,
        writer: &mut Writer,
    ) -> Result<bool, SerdeError> {
        let shape = self.schemas.shape(to.target);
        let scalar = match &shape.kind {
            Kind::Structure(_) => {
                let mark = writer.begin_structure();
                members(deserializer, self.schemas, to.target, writer, &|_| true)?;
                writer.end(mark);
                return Ok(true);
            }
            Kind::List { item, .. } | Kind::Map { value: item, .. } => {
                self.collection(deserializer, schema, to, item, writer, Self::item)?;
                return Ok(true);
            }
            Kind::Blob => {
                writer.blob(deserializer.read_blob(schema)?.as_ref());
                return Ok(true);
            }
            Kind::Document => scalars::from_document(deserializer.read_document(schema)?),
            _ => match self.schemas.protocol {
                Protocol::Cbor => typed_value(deserializer, schema, shape)?,
                _ => scalars::from_json(shape, deserializer.read_document(schema)?)?,
            },
        };
        writer.value(&scalar);
        Ok(!scalar.is_nil())
    }

    fn item(
        &self,
        deserializer: Deserializer<'_>,
        schema: &Schema<'_>,
        item: &Reference,
        writer: &mut Writer,
    ) -> Result<(), SerdeError> {
        if deserializer.is_null() {
            writer.value(&Value::Nil);
            return deserializer.read_null();
        }
        self.value(deserializer, schema, item, writer).map(|_| ())
    }

    fn bound_item(
        &self,
        deserializer: Deserializer<'_>,
        schema: &Schema<'_>,
        item: &Reference,
        writer: &mut Writer,
    ) -> Result<(), SerdeError> {
        self.bound_value(deserializer, schema, item, writer).map(|_| ())
    }

    /// Reads a list or a map, whose items `read` reads.
    fn collection(
        &self,
        deserializer: Deserializer<'_>,
        schema: &Schema<'_>,
        to: &Reference,
        item: &Reference,
        writer: &mut Writer,
        read: impl Fn(&Self, Deserializer<'_>, &Schema<'_>, &Reference, &mut Writer) -> Result<(), SerdeError>,
    ) -> Result<(), SerdeError> {
        let item_schema = self.schemas.item(to.target, item, Direction::Output);
        let is_list = matches!(self.schemas.shape(to.target).kind, Kind::List { .. });
        let mark = if is_list { writer.begin_list() } else { writer.begin_map() };
        if is_list {
            deserializer.read_list(schema, &mut |deserializer| read(self, deserializer, item_schema, item, writer))?;
        } else {
            deserializer.read_map(schema, &mut |key, deserializer| {
                writer.key(&key);
                read(self, deserializer, item_schema, item, writer)
            })?;
        }
        writer.end(mark);
        Ok(())
    }

    /// Reads a value that is in a header or in the status.
    fn bound_value(
        &self,
        deserializer: Deserializer<'_>,
        schema: &Schema<'_>,
        to: &Reference,
        writer: &mut Writer,
    ) -> Result<bool, SerdeError> {
        let shape = self.schemas.shape(to.target);
        match &shape.kind {
            Kind::List { item, .. } | Kind::Map { value: item, .. } => {
                self.collection(deserializer, schema, to, item, writer, Self::bound_item)?;
            }
            _ => writer.value(&typed_value(deserializer, schema, shape)?),
        }
        Ok(true)
    }
}

/// Reads a scalar by the deserializer's own rules for its type.
fn typed_value(deserializer: Deserializer<'_>, schema: &Schema<'_>, shape: &Shape) -> Result<Value, SerdeError> {
    Ok(match &shape.kind {
        Kind::String { .. } => Value::String(deserializer.read_string(schema)?),
        Kind::Boolean => Value::Bool(deserializer.read_boolean(schema)?),
        Kind::Integer => Value::Integer(deserializer.read_integer(schema)?.into()),
        Kind::Long => Value::Integer(deserializer.read_long(schema)?),
        // As a double, because services send one for a float, and 0.05 stays 0.05.
        Kind::Float => Value::Float(scalars::shortest(deserializer.read_double(schema)?)),
        Kind::Double => Value::Float(deserializer.read_double(schema)?),
        Kind::Timestamp(_) => {
            let time = deserializer.read_timestamp(schema)?;
            scalars::time(time.secs(), time.subsec_nanos())
        }
        Kind::Blob => Value::Bytes(deserializer.read_blob(schema)?.into_inner()),
        Kind::Document => scalars::from_document(deserializer.read_document(schema)?),
        Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } => {
            return Err(SerdeError::unsupported(format!("{} in a header", shape.name)));
        }
    })
}
