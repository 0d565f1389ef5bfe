//! CBOR as Smithy's rpcv2Cbor has it.

use std::convert::Infallible;

use aws_smithy_schema::Schema;
use aws_smithy_schema::codec::{Codec, FinishSerializer};
use aws_smithy_schema::serde::{SerdeError, SerializableStruct, ShapeDeserializer, ShapeSerializer};
use aws_smithy_types::{BigDecimal, BigInteger, Blob, DateTime, Document};
use minicbor::data::{IanaTag, Type};
use minicbor::{Decoder, Encoder};

/// Answers are not nested more deeply.
const MAX_DEPTH: u32 = 128;

#[derive(Debug)]
pub(crate) struct CborCodec;

impl Codec for CborCodec {
    type Serializer = CborSerializer;
    type Deserializer<'a> = CborDeserializer<'a>;

    fn create_serializer(&self) -> CborSerializer {
        CborSerializer(Encoder::new(Vec::new()))
    }

    fn create_deserializer<'a>(&self, input: &'a [u8]) -> CborDeserializer<'a> {
        CborDeserializer { decoder: Decoder::new(input), depth: 0 }
    }
}

pub(crate) struct CborSerializer(Encoder<Vec<u8>>);

impl FinishSerializer for CborSerializer {
    fn finish(self) -> Vec<u8> {
        self.0.into_writer()
    }
}

impl CborSerializer {
    /// Writes the name of a member, and then its value. Items of lists and values of maps have no name.
    fn write(
        &mut self,
        schema: &Schema<'_>,
        value: impl FnOnce(&mut Encoder<Vec<u8>>) -> Result<(), minicbor::encode::Error<Infallible>>,
    ) -> Result<(), SerdeError> {
        self.begin(schema)?;
        value(&mut self.0).map_err(|error| SerdeError::custom(error.to_string()))
    }

    fn begin(&mut self, schema: &Schema<'_>) -> Result<(), SerdeError> {
        let Some(name) = schema.member_name() else { return Ok(()) };
        self.0.str(name).map_err(|error| SerdeError::custom(error.to_string()))?.ok().map_err(custom)
    }

    fn end(&mut self) -> Result<(), SerdeError> {
        self.0.end().map_err(custom)?.ok().map_err(custom)
    }
}

impl ShapeSerializer for CborSerializer {
    fn write_struct(&mut self, schema: &Schema<'_>, value: &dyn SerializableStruct) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.begin_map()?.ok())?;
        value.serialize_members(self)?;
        self.end()
    }

    fn write_list(
        &mut self,
        schema: &Schema<'_>,
        items: &dyn Fn(&mut dyn ShapeSerializer) -> Result<(), SerdeError>,
    ) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.begin_array()?.ok())?;
        items(self)?;
        self.end()
    }

    fn write_map(
        &mut self,
        schema: &Schema<'_>,
        entries: &dyn Fn(&mut dyn ShapeSerializer) -> Result<(), SerdeError>,
    ) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.begin_map()?.ok())?;
        entries(self)?;
        self.end()
    }

    fn write_boolean(&mut self, schema: &Schema<'_>, value: bool) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.bool(value)?.ok())
    }

    fn write_byte(&mut self, schema: &Schema<'_>, value: i8) -> Result<(), SerdeError> {
        self.write_long(schema, value.into())
    }

    fn write_short(&mut self, schema: &Schema<'_>, value: i16) -> Result<(), SerdeError> {
        self.write_long(schema, value.into())
    }

    fn write_integer(&mut self, schema: &Schema<'_>, value: i32) -> Result<(), SerdeError> {
        self.write_long(schema, value.into())
    }

    fn write_long(&mut self, schema: &Schema<'_>, value: i64) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.i64(value)?.ok())
    }

    fn write_float(&mut self, schema: &Schema<'_>, value: f32) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.f32(value)?.ok())
    }

    fn write_double(&mut self, schema: &Schema<'_>, value: f64) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.f64(value)?.ok())
    }

    fn write_big_integer(&mut self, _: &Schema<'_>, _: &BigInteger) -> Result<(), SerdeError> {
        Err(SerdeError::unsupported("big integers"))
    }

    fn write_big_decimal(&mut self, _: &Schema<'_>, _: &BigDecimal) -> Result<(), SerdeError> {
        Err(SerdeError::unsupported("big decimals"))
    }

    fn write_string(&mut self, schema: &Schema<'_>, value: &str) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.str(value)?.ok())
    }

    fn write_blob(&mut self, schema: &Schema<'_>, value: Blob) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.bytes(value.as_ref())?.ok())
    }

    fn write_timestamp(&mut self, schema: &Schema<'_>, value: &DateTime) -> Result<(), SerdeError> {
        self.write(schema, |encoder| {
            encoder.tag(IanaTag::Timestamp)?;
            match value.subsec_nanos() {
                0 => encoder.i64(value.secs())?.ok(),
                _ => encoder.f64(value.as_secs_f64())?.ok(),
            }
        })
    }

    fn write_document(&mut self, _: &Schema<'_>, _: &Document) -> Result<(), SerdeError> {
        Err(SerdeError::unsupported("documents in CBOR"))
    }

    fn write_null(&mut self, schema: &Schema<'_>) -> Result<(), SerdeError> {
        self.write(schema, |encoder| encoder.null()?.ok())
    }
}

pub(crate) struct CborDeserializer<'a> {
    decoder: Decoder<'a>,
    depth: u32,
}

impl CborDeserializer<'_> {
    fn within(&mut self, read: impl FnOnce(&mut Self) -> Result<(), SerdeError>) -> Result<(), SerdeError> {
        if self.depth == MAX_DEPTH {
            return Err(SerdeError::custom(format!("values are nested more than {MAX_DEPTH} times")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Returns whether a container has another element. `left` is its declared size, if it has one.
    fn has_next(&mut self, left: &mut Option<u64>) -> Result<bool, SerdeError> {
        match left {
            Some(0) => Ok(false),
            Some(count) => {
                *count -= 1;
                Ok(true)
            }
            None if self.kind()? == Type::Break => {
                self.decoder.set_position(self.decoder.position() + 1);
                Ok(false)
            }
            None => Ok(true),
        }
    }

    fn kind(&self) -> Result<Type, SerdeError> {
        self.decoder.datatype().map_err(unreadable)
    }

    fn text(&mut self) -> Result<String, SerdeError> {
        match self.kind()? {
            Type::StringIndef => {
                let mut text = String::new();
                for part in self.decoder.str_iter().map_err(unreadable)? {
                    text.push_str(part.map_err(unreadable)?);
                }
                Ok(text)
            }
            _ => self.decoder.str().map(str::to_owned).map_err(unreadable),
        }
    }

    fn integer(&mut self) -> Result<i64, SerdeError> {
        match self.kind()? {
            Type::F16 | Type::F32 | Type::F64 => {
                let number = self.number()?;
                match number.fract() == 0.0 && number.abs() < 9e15 {
                    true => Ok(number as i64),
                    false => Err(SerdeError::invalid_input(format!("expected an integer, got {number}"))),
                }
            }
            _ => self.decoder.i64().map_err(unreadable),
        }
    }

    fn number(&mut self) -> Result<f64, SerdeError> {
        match self.kind()? {
            Type::F16 => self.half(),
            Type::F32 => self.decoder.f32().map(f64::from).map_err(unreadable),
            Type::F64 => self.decoder.f64().map_err(unreadable),
            _ => self.decoder.i64().map(|number| number as f64).map_err(unreadable),
        }
    }

    /// Reads an IEEE 754 number of 16 bits.
    fn half(&mut self) -> Result<f64, SerdeError> {
        let at = self.decoder.position();
        let Some(&[high, low]) = self.decoder.input().get(at + 1..at + 3) else {
            return Err(SerdeError::invalid_input("the answer ends in a number"));
        };
        self.decoder.set_position(at + 3);
        let bits = u16::from_be_bytes([high, low]);
        let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
        let magnitude = match exponent {
            0 => fraction * 2f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
        };
        Ok(if bits >> 15 == 0 { magnitude } else { -magnitude })
    }

    fn narrow<T: TryFrom<i64>>(&mut self) -> Result<T, SerdeError> {
        let number = self.integer()?;
        T::try_from(number).map_err(|_| SerdeError::invalid_input(format!("{number} does not fit into its type")))
    }
}

impl ShapeDeserializer for CborDeserializer<'_> {
    fn read_struct(
        &mut self,
        schema: &Schema<'_>,
        member: &mut dyn FnMut(&Schema<'_>, &mut dyn ShapeDeserializer) -> Result<(), SerdeError>,
    ) -> Result<(), SerdeError> {
        self.within(|this| {
            let mut left = this.decoder.map().map_err(unreadable)?;
            while this.has_next(&mut left)? {
                let name = this.text()?;
                match schema.member_schema(&name) {
                    Some(known) => member(known, this)?,
                    None => this.skip_value()?,
                }
            }
            Ok(())
        })
    }

    fn read_list(
        &mut self,
        _: &Schema<'_>,
        item: &mut dyn FnMut(&mut dyn ShapeDeserializer) -> Result<(), SerdeError>,
    ) -> Result<(), SerdeError> {
        self.within(|this| {
            let mut left = this.decoder.array().map_err(unreadable)?;
            while this.has_next(&mut left)? {
                item(this)?;
            }
            Ok(())
        })
    }

    fn read_map(
        &mut self,
        _: &Schema<'_>,
        entry: &mut dyn FnMut(String, &mut dyn ShapeDeserializer) -> Result<(), SerdeError>,
    ) -> Result<(), SerdeError> {
        self.within(|this| {
            let mut left = this.decoder.map().map_err(unreadable)?;
            while this.has_next(&mut left)? {
                let key = this.text()?;
                entry(key, this)?;
            }
            Ok(())
        })
    }

    fn read_boolean(&mut self, _: &Schema<'_>) -> Result<bool, SerdeError> {
        self.decoder.bool().map_err(unreadable)
    }

    fn read_byte(&mut self, _: &Schema<'_>) -> Result<i8, SerdeError> {
        self.narrow()
    }

    fn read_short(&mut self, _: &Schema<'_>) -> Result<i16, SerdeError> {
        self.narrow()
    }

    fn read_integer(&mut self, _: &Schema<'_>) -> Result<i32, SerdeError> {
        self.narrow()
    }

    fn read_long(&mut self, _: &Schema<'_>) -> Result<i64, SerdeError> {
        self.integer()
    }

    fn read_float(&mut self, _: &Schema<'_>) -> Result<f32, SerdeError> {
        self.number().map(|number| number as f32)
    }

    fn read_double(&mut self, _: &Schema<'_>) -> Result<f64, SerdeError> {
        self.number()
    }

    fn read_big_integer(&mut self, _: &Schema<'_>) -> Result<BigInteger, SerdeError> {
        Err(SerdeError::unsupported("big integers"))
    }

    fn read_big_decimal(&mut self, _: &Schema<'_>) -> Result<BigDecimal, SerdeError> {
        Err(SerdeError::unsupported("big decimals"))
    }

    fn read_string(&mut self, _: &Schema<'_>) -> Result<String, SerdeError> {
        self.text()
    }

    fn read_blob(&mut self, _: &Schema<'_>) -> Result<Blob, SerdeError> {
        match self.kind()? {
            Type::BytesIndef => {
                let parts = self.decoder.bytes_iter().map_err(unreadable)?;
                let parts: Vec<&[u8]> = parts.collect::<Result<_, _>>().map_err(unreadable)?;
                Ok(Blob::new(parts.concat()))
            }
            _ => self.decoder.bytes().map(Blob::new).map_err(unreadable),
        }
    }

    fn read_timestamp(&mut self, _: &Schema<'_>) -> Result<DateTime, SerdeError> {
        if self.kind()? == Type::Tag {
            self.decoder.tag().map_err(unreadable)?;
        }
        match self.kind()? {
            Type::F16 | Type::F32 | Type::F64 => self.number().map(DateTime::from_secs_f64),
            _ => self.integer().map(DateTime::from_secs),
        }
    }

    fn read_document(&mut self, _: &Schema<'_>) -> Result<Document, SerdeError> {
        Err(SerdeError::unsupported("documents in CBOR"))
    }

    fn is_null(&self) -> bool {
        matches!(self.decoder.datatype(), Ok(Type::Null | Type::Undefined))
    }

    fn read_null(&mut self) -> Result<(), SerdeError> {
        self.skip_value()
    }

    fn skip_value(&mut self) -> Result<(), SerdeError> {
        self.decoder.skip().map_err(unreadable)
    }

    fn container_size(&self) -> Option<usize> {
        None
    }
}

/// Returns the `__type` and the message of an error. A body that is not CBOR has none of them.
pub(crate) fn error_fields(body: &[u8]) -> (Option<String>, Option<String>) {
    let (mut kind, mut message) = (None, None);
    let mut deserializer = CborCodec.create_deserializer(body);
    // The fields before a damaged one are kept.
    let _ = deserializer.read_map(&aws_smithy_schema::prelude::DOCUMENT, &mut |key, value| {
        match key.as_str() {
            "__type" => kind = Some(value.read_string(&aws_smithy_schema::prelude::STRING)?),
            "message" | "Message" => message = Some(value.read_string(&aws_smithy_schema::prelude::STRING)?),
            _ => value.skip_value()?,
        }
        Ok(())
    });
    (kind, message)
}

fn custom(error: impl std::fmt::Display) -> SerdeError {
    SerdeError::custom(error.to_string())
}

fn unreadable(error: minicbor::decode::Error) -> SerdeError {
    SerdeError::invalid_input(error.to_string())
}
