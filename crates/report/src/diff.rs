//! The differences between two lists of records: added records, gone records, and changed fields of the
//! others.
//!
//! Records with equal keys are about the same thing. Several records with the same key are compared in
//! order: the first old one with the first new one.

use std::collections::{BTreeSet, HashMap, VecDeque};

use moonfleet_core::{Map, Value};

use super::document::record;
use super::{columns, json, model};

/// The options of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The fields that identify a record; without them, those of [`natural_key`].
    pub key: Option<Vec<String>>,
    /// Fields to ignore, for example because they differ in every run.
    pub ignore: Vec<String>,
}

/// Fields of the library's records that grow with time.
pub const AGES: [&str; 2] = ["age", "days"];

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// The fields that identified the records.
    pub key: Vec<String>,
    pub added: Vec<Value>,
    pub gone: Vec<Value>,
    pub changed: Vec<FieldChange>,
}

/// A changed field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The fields that identify the record: those of the key, and the name if there is one.
    pub about: Vec<(String, Value)>,
    /// The name of the field; a dotted name is a nested field.
    pub field: String,
    pub before: Value,
    pub after: Value,
}

/// Compares two lists of records.
pub fn compare(old: &[Value], new: &[Value], comparison: &Comparison) -> Diff {
    let key = comparison.key.clone().unwrap_or_else(|| natural_key(if new.is_empty() { old } else { new }));
    let mut before: HashMap<String, VecDeque<&Value>> = HashMap::new();
    for row in old {
        before.entry(identity(row, &key)).or_default().push_back(row);
    }
    let mut diff = Diff { key: key.clone(), ..Diff::default() };
    for row in new {
        match before.get_mut(&identity(row, &key)).and_then(VecDeque::pop_front) {
            Some(old) => diff.changed.extend(changes(old, row, &key, &comparison.ignore)),
            None => diff.added.push(row.clone()),
        }
    }
    // In order; of several records with the same key, the last ones are gone.
    for row in old.iter().rev() {
        if before.get_mut(&identity(row, &key)).and_then(VecDeque::pop_back).is_some() {
            diff.gone.push(row.clone());
        }
    }
    diff.gone.reverse();
    diff
}

/// Returns the fields that identify the library's records: account, region, finding, and the record's own id, or its
/// ARN or name. Returns no fields if there is none of these; records are then identified by their whole content.
pub fn natural_key(rows: &[Value]) -> Vec<String> {
    let fields: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| match row {
            Value::Map(Map(fields)) => fields.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        })
        .collect();
    let own = columns::own_id(&fields.iter().copied().collect())
        .or_else(|| ["id", "arn"].into_iter().find(|name| fields.contains(name)))
        .or_else(|| fields.iter().find(|name| name.ends_with("_arn")).copied())
        .or_else(|| fields.iter().find(|name| name.ends_with("_id")).copied())
        .or_else(|| fields.contains(model::NAME).then_some(model::NAME))
        .or_else(|| fields.iter().find(|name| name.ends_with("_name")).copied());
    let Some(own) = own else { return Vec::new() };
    let others = ["account", "region", "finding"].into_iter().filter(|name| fields.contains(name));
    others.chain([own]).map(str::to_owned).collect()
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.gone.is_empty() && self.changed.is_empty()
    }

    /// Returns a summary such as `2 added, 1 gone, 3 changed.`
    pub fn describe(&self) -> String {
        if self.is_empty() {
            return "Nothing was added, nothing is gone, nothing has changed.".to_owned();
        }
        let things: BTreeSet<String> = self.changed.iter().map(|change| format!("{:?}", change.about)).collect();
        format!("{} added, {} gone, {} changed.", self.added.len(), self.gone.len(), things.len())
    }

    /// Returns the columns of the changes: the fields that identify the record, and `field`, `before` and `after`.
    pub fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for (name, _) in self.changed.iter().flat_map(|change| &change.about) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        columns.extend(["field", "before", "after"].map(str::to_owned));
        columns
    }

    pub fn to_value(&self) -> Value {
        record([
            ("added", Value::List(self.added.clone())),
            ("gone", Value::List(self.gone.clone())),
            ("changed", Value::List(change_rows(&self.changed))),
        ])
    }
}

pub fn change_rows(changed: &[FieldChange]) -> Vec<Value> {
    let row = |change: &FieldChange| {
        let mut row = Map(change.about.clone());
        row.set("field", change.field.as_str().into());
        row.set("before", change.before.clone());
        row.set("after", change.after.clone());
        Value::Map(row)
    };
    changed.iter().map(row).collect()
}

/// Returns a text that is equal for two records about the same thing.
fn identity(row: &Value, key: &[String]) -> String {
    let Value::Map(map) = row else { return json::compact(row) };
    let values: Vec<Value> = key.iter().map(|name| model::field(map, name)).collect();
    // A record without a key is identified by its whole content.
    if values.iter().all(Value::is_nil) {
        return json::compact(row);
    }
    json::compact(&Value::List(values))
}

fn changes(old: &Value, new: &Value, key: &[String], ignore: &[String]) -> Vec<FieldChange> {
    let (Value::Map(old), Value::Map(new)) = (old, new) else { return Vec::new() };
    let mut found = Vec::new();
    differences(old, new, "", ignore, &mut found);
    let mut about: Vec<(String, Value)> = key.iter().map(|name| (name.clone(), model::field(new, name))).collect();
    if let Some(name) = new.get(model::NAME).filter(|_| !key.iter().any(|field| field == model::NAME)) {
        about.insert(0, (model::NAME.to_owned(), name.clone()));
    }
    let change = |(field, before, after)| FieldChange { about: about.clone(), field, before, after };
    found.into_iter().map(change).collect()
}

/// Collects the fields that differ, including those of nested tables. Values with the same JSON are equal,
/// because a time that was read from JSON is text.
fn differences(old: &Map, new: &Map, at: &str, ignore: &[String], found: &mut Vec<(String, Value, Value)>) {
    let names: BTreeSet<&String> = old.0.iter().chain(&new.0).map(|(name, _)| name).collect();
    for name in names {
        let path = format!("{at}{name}");
        if ignore.contains(&path) {
            continue;
        }
        match (old.get(name).unwrap_or(&Value::Nil), new.get(name).unwrap_or(&Value::Nil)) {
            (Value::Map(old), Value::Map(new)) => differences(old, new, &format!("{path}."), ignore, found),
            (old, new) if json::compact(old) != json::compact(new) => found.push((path, old.clone(), new.clone())),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &[(&str, Value)]) -> Value {
        Value::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    fn volume(id: &str, size: i64, owner: &str) -> Value {
        let tags = row(&[("Owner", owner.into())]);
        row(&[("volume_id", id.into()), ("size", Value::Integer(size)), ("age", Value::Integer(size)), ("tags", tags)])
    }

    fn ages() -> Comparison {
        Comparison { key: None, ignore: AGES.map(str::to_owned).to_vec() }
    }

    #[test]
    fn added_gone_and_changed_records_are_found() {
        let old = [volume("vol-1", 8, "web"), volume("vol-2", 8, "web"), volume("vol-3", 8, "db")];
        let new = [volume("vol-4", 1, "new"), volume("vol-3", 9, "ops"), volume("vol-1", 8, "web")];
        let diff = compare(&old, &new, &ages());
        assert_eq!(diff.key, ["volume_id"]);
        assert_eq!((&diff.added[..], &diff.gone[..]), (&new[..1], &old[1..2]));
        let changed: Vec<(&str, &Value, &Value)> =
            diff.changed.iter().map(|change| (change.field.as_str(), &change.before, &change.after)).collect();
        let (eight, nine) = (Value::Integer(8), Value::Integer(9));
        assert_eq!(changed, [("size", &eight, &nine), ("tags.Owner", &"db".into(), &"ops".into())]);
        assert_eq!(diff.describe(), "1 added, 1 gone, 1 changed.");
        assert_eq!(diff.columns(), ["volume_id", "field", "before", "after"]);
    }

    #[test]
    fn values_read_from_json_are_equal() {
        let time = "2026-01-31T07:00:00Z";
        let old = [row(&[("name", "web".into()), ("launch_time", time.into()), ("x", Value::Nil)])];
        let new = [row(&[("name", "web".into()), ("launch_time", Value::Time(time.parse().unwrap()))])];
        assert!(compare(&old, &new, &ages()).is_empty());
        assert!(compare(&[], &[], &ages()).describe().starts_with("Nothing"));
    }

    #[test]
    fn records_with_the_same_key_are_compared_in_order() {
        let port = |port: i64| row(&[("name", "web".into()), ("port", Value::Integer(port))]);
        let diff = compare(&[port(22), port(80)], &[port(22)], &ages());
        assert_eq!((diff.gone, diff.changed.len()), (vec![port(80)], 0));
        let diff = compare(&[port(22)], &[port(22), port(443)], &ages());
        assert_eq!((diff.added, diff.changed.len()), (vec![port(443)], 0));
    }

    #[test]
    fn the_key_is_found_by_the_names_of_fields() {
        let key = |fields: &[&str]| natural_key(&[row(&fields.iter().map(|f| (*f, "x".into())).collect::<Vec<_>>())]);
        assert_eq!(key(&["instance_id", "volume_id", "size", "volume_type", "region"]), ["region", "volume_id"]);
        assert_eq!(key(&["name", "arn", "finding"]), ["finding", "arn"]);
        assert_eq!(key(&["name", "value"]), ["name"]);
        assert_eq!(key(&["user_name", "create_date"]), ["user_name"]);
        assert!(key(&["a", "b"]).is_empty());
        let odd = compare(&["a".into()], &["b".into()], &ages());
        assert_eq!((odd.added.len(), odd.gone.len()), (1, 1));
    }
}
