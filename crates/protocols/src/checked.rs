//! Records of values that no service has sent, for simulations: each value must be what the model declares.

use moonfleet_core::{Map, Value};
use moonfleet_models::{Kind, Reference, Service, ShapeId, Structure};

use crate::Record;
use crate::record::Writer;

/// A value that the model does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct Mismatch {
    /// The names of fields and the numbers of items, counted from 1: `buckets[2].name`. Empty for the whole.
    pub path: String,
    pub problem: String,
}

impl Record {
    /// Makes a record of a structure of the model. Nil is the same as an absent field. Fails if a field is unknown, if
    /// a value is not of the declared type, or if a required field is missing.
    pub fn checked(service: &'static Service, shape: ShapeId, fields: &Map) -> Result<Record, Mismatch> {
        Self::written(service, shape, fields, true)
    }

    /// Makes a record like [`Record::checked`], of a part of the fields: required ones can be missing.
    pub fn of_part(service: &'static Service, shape: ShapeId, fields: &Map) -> Result<Record, Mismatch> {
        Self::written(service, shape, fields, false)
    }

    fn written(service: &'static Service, shape: ShapeId, fields: &Map, is_whole: bool) -> Result<Record, Mismatch> {
        let mut writer = Writer::default();
        let mut check = Check { service, path: Vec::new(), writer: &mut writer, is_whole };
        check.fields(shape, fields).map_err(|problem| Mismatch { path: check.path.concat(), problem })?;
        Ok(writer.finish(service, shape))
    }
}

struct Check<'w> {
    service: &'static Service,
    /// The steps to the value that is being written. They stay after a problem.
    path: Vec<String>,
    writer: &'w mut Writer,
    /// Whether required fields must be there.
    is_whole: bool,
}

impl Check<'_> {
    fn fields(&mut self, id: ShapeId, fields: &Map) -> Result<(), String> {
        let shape = self.service.shape(id);
        let Some(structure) = shape.as_structure() else { return Err(format!("{} has no fields", shape.name)) };
        let given = || fields.0.iter().filter(|(_, value)| !value.is_nil());
        if let Some((name, _)) = given().find(|(name, _)| structure.member(name).is_none()) {
            return Err(unknown(shape.name, structure, name));
        }
        if structure.union && given().count() != 1 {
            return Err(format!("{} needs exactly one field, got {}", shape.name, given().count()));
        }
        for (at, member) in structure.members.iter().enumerate() {
            match fields.get(&member.name).filter(|value| !value.is_nil()) {
                Some(value) => {
                    self.writer.field(at);
                    let step = if self.path.is_empty() { String::new() } else { ".".to_owned() };
                    self.within(step + &member.name, |check| check.value(&member.target, value))?;
                }
                None if member.required && self.is_whole => {
                    return Err(format!("the required field '{}' is missing", member.name));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn value(&mut self, to: &Reference, value: &Value) -> Result<(), String> {
        let shape = self.service.shape(to.target);
        match (&shape.kind, value) {
            (Kind::Structure(_), Value::Map(fields)) => {
                let mark = self.writer.begin_structure();
                self.fields(to.target, fields)?;
                self.writer.end(mark);
            }
            (Kind::List { item, sparse }, Value::List(items)) => {
                let mark = self.writer.begin_list();
                for (at, value) in items.iter().enumerate() {
                    self.within(format!("[{}]", at + 1), |check| check.element(item, *sparse, value))?;
                }
                self.writer.end(mark);
            }
            (Kind::Map { value: item, sparse, .. }, Value::Map(Map(entries))) => {
                let mark = self.writer.begin_map();
                for (key, value) in entries {
                    self.writer.key(key);
                    self.within(format!("[{key:?}]"), |check| check.element(item, *sparse, value))?;
                }
                self.writer.end(mark);
            }
            (Kind::Integer, Value::Integer(number)) if i32::try_from(*number).is_err() => {
                return Err(format!("{number} does not fit into 32 bits"));
            }
            // Services send values that their models do not list: EC2's platform is `windows`.
            (Kind::String { .. }, Value::String(_)) if !to.json_value => self.writer.value(value),
            (Kind::Integer | Kind::Long, Value::Integer(_))
            | (Kind::Float | Kind::Double, Value::Float(_))
            | (Kind::Boolean, Value::Bool(_))
            | (Kind::Timestamp(_), Value::Time(_)) => self.writer.value(value),
            (Kind::Float | Kind::Double, Value::Integer(number)) => self.writer.value(&Value::Float(*number as f64)),
            (Kind::Blob, Value::Bytes(bytes)) => self.writer.blob(bytes),
            (Kind::Blob, Value::String(text)) => self.writer.blob(text.as_bytes()),
            (Kind::Document, _) => self.writer.value(value),
            (Kind::String { .. }, _) if to.json_value => self.writer.value(value),
            (kind, value) => return Err(format!("expected {}, got {}", expected(kind, shape.name), value.kind())),
        }
        Ok(())
    }

    fn element(&mut self, to: &Reference, is_sparse: bool, value: &Value) -> Result<(), String> {
        match value {
            Value::Nil if is_sparse => self.writer.value(value),
            value => self.value(to, value)?,
        }
        Ok(())
    }

    fn within(&mut self, step: String, write: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<(), String> {
        self.path.push(step);
        write(self)?;
        self.path.pop();
        Ok(())
    }
}

fn unknown(shape: &str, structure: &Structure, name: &str) -> String {
    let known = structure.members.iter().map(|member| &*member.name);
    let hint = moonfleet_core::suggest::nearest(name, known);
    let hint = hint.map_or_else(String::new, |nearest| format!("; did you mean '{nearest}'?"));
    format!("{shape} has no field '{name}'{hint}")
}

fn expected(kind: &Kind, shape: &str) -> String {
    match kind {
        Kind::Structure(_) => format!("table ({shape})"),
        Kind::List { .. } => "list".to_owned(),
        Kind::Map { .. } => "table".to_owned(),
        Kind::String { .. } => "string".to_owned(),
        Kind::Integer | Kind::Long => "integer".to_owned(),
        Kind::Float | Kind::Double => "number".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Timestamp(_) => "time".to_owned(),
        Kind::Blob => "string of bytes".to_owned(),
        Kind::Document => "any value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&str, Value)]) -> Map {
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn checked(service: &str, shape: &str, fields: &Map) -> Result<Record, String> {
        let service = moonfleet_models::service(service).expect("a service");
        let id = service.shape_named(shape).expect("a shape").id;
        Record::checked(service, id, fields).map_err(|mismatch| mismatch.to_string())
    }

    #[test]
    fn a_record_has_the_values_in_the_order_of_the_model() {
        let bucket = map(&[("name", "logs".into()), ("bucket_region", "eu-central-1".into())]);
        let answer = map(&[("prefix", "l".into()), ("buckets", Value::List(vec![Value::Map(bucket.clone())]))]);
        let record = checked("s3", "ListBucketsOutput", &answer).unwrap();
        let read = record.to_map();
        assert_eq!(read.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["buckets", "prefix"]);
        assert_eq!(read.get("buckets"), Some(&Value::List(vec![Value::Map(bucket)])));
    }

    #[test]
    fn every_kind_of_mismatch_is_named_with_its_path() {
        let in_bucket = |name: &str, value: Value| {
            map(&[("buckets", Value::List(vec![Value::Map(Map::default()), Value::Map(map(&[(name, value)]))]))])
        };
        for (fields, expected) in [
            (map(&[("bucket", "a".into())]), "ListBucketsOutput has no field 'bucket'; did you mean 'buckets'?"),
            (map(&[("buckets", "a".into())]), "buckets: expected list, got string"),
            (in_bucket("nam", "a".into()), "buckets[2]: Bucket has no field 'nam'; did you mean 'name'?"),
            (in_bucket("name", Value::Integer(1)), "buckets[2].name: expected string, got integer"),
            (in_bucket("creation_date", "now".into()), "buckets[2].creation_date: expected time, got string"),
        ] {
            assert_eq!(checked("s3", "ListBucketsOutput", &fields).unwrap_err(), expected);
        }
        let length = map(&[("max_keys", Value::Integer(i64::MAX))]);
        assert_eq!(
            checked("s3", "ListObjectsV2Output", &length).unwrap_err(),
            "max_keys: 9223372036854775807 does not fit into 32 bits"
        );
        let error = checked("s3", "ObjectIdentifier", &Map::default()).unwrap_err();
        assert_eq!(error, "the required field 'key' is missing");
    }

    #[test]
    fn a_union_has_one_field() {
        let error = checked("accessanalyzer", "AclGrantee", &Map::default()).unwrap_err();
        assert_eq!(error, "AclGrantee needs exactly one field, got 0");
        assert!(checked("accessanalyzer", "AclGrantee", &map(&[("id", "text".into())])).is_ok());
    }
}
