//! Answers: what a deserializer reads, as values along the shapes of a model.

use aws_smithy_schema::Schema;
use aws_smithy_schema::serde::{SerdeError, ShapeDeserializer};
use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Location, Protocol, Reference, Shape, ShapeId};

use crate::scalars;
use crate::schemas::{Direction, Schemas};

/// Reads the members of a structure.
pub(crate) fn structure(
    deserializer: &mut dyn ShapeDeserializer,
    schemas: &Schemas,
    id: ShapeId,
) -> Result<Map, SerdeError> {
    let mut fields = Map::default();
    let Some(structure) = schemas.shape(id).as_structure() else { return Ok(fields) };
    deserializer.read_struct(schemas.output(id), &mut |member_schema, deserializer| {
        if deserializer.is_null() {
            return deserializer.read_null();
        }
        let Some(member) = member_schema.member_index().and_then(|at| structure.members.get(at)) else {
            return deserializer.skip_value();
        };
        let is_text_payload = member_schema.http_payload().is_some()
            && matches!(schemas.shape(member.target.target).kind, Kind::String { .. });
        let value = match member.location {
            Location::Body if is_text_payload => Value::String(deserializer.read_string(member_schema)?),
            Location::Body => value(deserializer, schemas, member_schema, &member.target)?,
            _ => bound_value(deserializer, schemas, member_schema, &member.target)?,
        };
        if !value.is_nil() {
            fields.0.push((member.name.to_string(), value));
        }
        Ok(())
    })?;
    Ok(fields)
}

/// Reads a value of the body. `Nil` means that an element without content has none.
pub(crate) fn value(
    deserializer: &mut dyn ShapeDeserializer,
    schemas: &Schemas,
    schema: &Schema<'_>,
    to: &Reference,
) -> Result<Value, SerdeError> {
    let shape = schemas.shape(to.target);
    Ok(match &shape.kind {
        Kind::Structure(_) => Value::Map(structure(deserializer, schemas, to.target)?),
        Kind::List { item, .. } => {
            let item_schema = schemas.item(to.target, item, Direction::Output);
            let mut items = Vec::new();
            deserializer.read_list(schema, &mut |deserializer| {
                items.push(item_value(deserializer, schemas, item_schema, item)?);
                Ok(())
            })?;
            Value::List(items)
        }
        Kind::Map { value: item, .. } => {
            let item_schema = schemas.item(to.target, item, Direction::Output);
            let mut entries = Vec::new();
            deserializer.read_map(schema, &mut |key, deserializer| {
                entries.push((key, item_value(deserializer, schemas, item_schema, item)?));
                Ok(())
            })?;
            Value::Map(Map(entries))
        }
        Kind::Blob => Value::from_bytes(deserializer.read_blob(schema)?.into_inner()),
        Kind::Document => scalars::from_document(deserializer.read_document(schema)?),
        _ => match schemas.protocol {
            Protocol::Cbor => typed_value(deserializer, schema, shape)?,
            Protocol::Json | Protocol::RestJson => scalars::from_json(shape, deserializer.read_document(schema)?)?,
            Protocol::RestXml | Protocol::Query | Protocol::Ec2 => {
                scalars::from_text(shape, deserializer.read_string(schema)?)?
            }
        },
    })
}

fn item_value(
    deserializer: &mut dyn ShapeDeserializer,
    schemas: &Schemas,
    schema: &Schema<'_>,
    item: &Reference,
) -> Result<Value, SerdeError> {
    if deserializer.is_null() {
        deserializer.read_null()?;
        return Ok(Value::Nil);
    }
    value(deserializer, schemas, schema, item)
}

/// Reads a value that is in a header or in the status.
fn bound_value(
    deserializer: &mut dyn ShapeDeserializer,
    schemas: &Schemas,
    schema: &Schema<'_>,
    to: &Reference,
) -> Result<Value, SerdeError> {
    let shape = schemas.shape(to.target);
    match &shape.kind {
        Kind::List { item, .. } => {
            let item_schema = schemas.item(to.target, item, Direction::Output);
            let mut items = Vec::new();
            deserializer.read_list(schema, &mut |deserializer| {
                items.push(bound_value(deserializer, schemas, item_schema, item)?);
                Ok(())
            })?;
            Ok(Value::List(items))
        }
        Kind::Map { value: item, .. } => {
            let item_schema = schemas.item(to.target, item, Direction::Output);
            let mut entries = Vec::new();
            deserializer.read_map(schema, &mut |key, deserializer| {
                entries.push((key, bound_value(deserializer, schemas, item_schema, item)?));
                Ok(())
            })?;
            Ok(Value::Map(Map(entries)))
        }
        _ => typed_value(deserializer, schema, shape),
    }
}

/// Reads a scalar by the deserializer's own rules for its type.
fn typed_value(
    deserializer: &mut dyn ShapeDeserializer,
    schema: &Schema<'_>,
    shape: &Shape,
) -> Result<Value, SerdeError> {
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
        Kind::Blob => Value::from_bytes(deserializer.read_blob(schema)?.into_inner()),
        Kind::Document => scalars::from_document(deserializer.read_document(schema)?),
        Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } => {
            return Err(SerdeError::unsupported(format!("{} in a header", shape.name)));
        }
    })
}

/// Reads the members that are in headers or in the status, and skips the body.
pub(crate) fn bound_members(
    deserializer: &mut dyn ShapeDeserializer,
    schemas: &Schemas,
    id: ShapeId,
) -> Result<Map, SerdeError> {
    let mut fields = Map::default();
    let Some(structure) = schemas.shape(id).as_structure() else { return Ok(fields) };
    deserializer.read_struct(schemas.output(id), &mut |member_schema, deserializer| {
        let member = member_schema.member_index().and_then(|at| structure.members.get(at));
        match member.filter(|member| member.location != Location::Body) {
            Some(member) => {
                fields.0.push((
                    member.name.to_string(),
                    bound_value(deserializer, schemas, member_schema, &member.target)?,
                ));
                Ok(())
            }
            None => deserializer.skip_value(),
        }
    })?;
    Ok(fields)
}
