//! The differences between two lists of records: added records, gone records, and changed cells of the
//! others.
//!
//! Records whose cells are equal are set aside first. The others are about the same thing if their keys are equal;
//! several records with the same key are compared in order. So no key hides a change: it only decides whether the
//! change is shown as a changed record, or as one that is gone and one that was added.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use moonfleet_core::{Map, Value};

use super::document::record;
use super::volatile::Volatile;
use super::{columns, json, model};

/// The options of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The fields that identify a record; without them, those of [`natural_key`], and the columns in which the
    /// remaining records with the same natural key differ.
    pub key: Option<Vec<String>>,
    /// The columns that readers see, which are compared; without them, all fields.
    pub columns: Option<Vec<String>>,
    /// The cells that are not compared.
    pub volatile: Volatile,
}

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
    let (old, new) = without_equal(read(old, comparison), read(new, comparison));
    let key = match &comparison.key {
        Some(key) => key.clone(),
        None => distinctive_key(&old, &new, comparison),
    };
    let mut before: HashMap<String, VecDeque<&ComparedRow<'_>>> = HashMap::new();
    for row in &old {
        before.entry(row.identity(&key)).or_default().push_back(row);
    }
    let mut diff = Diff { key: key.clone(), ..Diff::default() };
    for row in &new {
        match before.get_mut(&row.identity(&key)).and_then(VecDeque::pop_front) {
            Some(old) => diff.changed.extend(changes(old, row, &key)),
            None => diff.added.push(row.record.clone()),
        }
    }
    // In order; of several records with the same key, the last ones are gone.
    for row in old.iter().rev() {
        if before.get_mut(&row.identity(&key)).and_then(VecDeque::pop_back).is_some() {
            diff.gone.push(row.record.clone());
        }
    }
    diff.gone.reverse();
    diff
}

/// A record and its compared cells.
struct ComparedRow<'a> {
    record: &'a Value,
    /// The cells by the path of their field, without volatile ones; the cells of a nested table are apart. A record
    /// that is not a table has one cell without a path.
    cells: BTreeMap<String, Cell>,
}

struct Cell {
    value: Value,
    /// The stable part of the value as JSON. A time that was read from JSON is text, so values are compared as JSON.
    stable: String,
}

impl<'a> ComparedRow<'a> {
    fn read(record: &'a Value, comparison: &Comparison) -> Self {
        let mut row = ComparedRow { record, cells: BTreeMap::new() };
        match (record, &comparison.columns) {
            (Value::Map(map), Some(columns)) => {
                columns.iter().for_each(|column| row.add(map, column, model::field(map, column), comparison));
            }
            (Value::Map(map), None) => {
                map.0.iter().for_each(|(name, value)| row.add(map, name, value.clone(), comparison));
            }
            (other, _) => row.add(&Map::default(), "", other.clone(), comparison),
        }
        row
    }

    fn add(&mut self, map: &Map, path: &str, value: Value, comparison: &Comparison) {
        if value.is_nil() || comparison.volatile.contains(map, path) {
            return;
        }
        if let Value::Map(nested) = value {
            return nested.0.into_iter().for_each(|(name, value)| {
                self.add(map, &format!("{path}.{name}"), value, comparison);
            });
        }
        let stable = json::compact(&comparison.volatile.stable(map, path, &value));
        // A number that JSON cannot hold is null in the file of the previous report.
        if stable != "null" {
            self.cells.insert(path.to_owned(), Cell { value, stable });
        }
    }

    /// Returns a text that is equal for two records with the same cells.
    fn content(&self) -> String {
        self.cells.iter().map(|(path, cell)| format!("{path}\0{}\0", cell.stable)).collect()
    }

    fn field(&self, name: &str) -> Value {
        match self.record {
            Value::Map(map) => model::field(map, name),
            _ => Value::Nil,
        }
    }

    /// Returns a text that is equal for two records about the same thing.
    fn identity(&self, key: &[String]) -> String {
        let values: Vec<Value> = key.iter().map(|name| self.field(name)).collect();
        // A record without a key is identified by its whole content.
        match values.iter().all(Value::is_nil) {
            true => self.content(),
            false => json::compact(&Value::List(values)),
        }
    }
}

fn read<'a>(rows: &'a [Value], comparison: &Comparison) -> Vec<ComparedRow<'a>> {
    rows.iter().map(|row| ComparedRow::read(row, comparison)).collect()
}

/// Removes each pair of an old and a new record with the same cells.
fn without_equal<'a>(
    old: Vec<ComparedRow<'a>>,
    new: Vec<ComparedRow<'a>>,
) -> (Vec<ComparedRow<'a>>, Vec<ComparedRow<'a>>) {
    let counted = |rows: &[ComparedRow<'_>]| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        rows.iter().for_each(|row| *counts.entry(row.content()).or_default() += 1);
        counts
    };
    let after = counted(&new);
    let pairs = counted(&old).into_iter().filter_map(|(content, before)| {
        let pairs = before.min(*after.get(&content)?);
        Some((content, pairs))
    });
    let pairs: HashMap<String, usize> = pairs.collect();
    let unpaired = |rows: Vec<ComparedRow<'a>>| {
        let mut pairs = pairs.clone();
        let mut is_paired = |row: &ComparedRow<'_>| {
            let left = pairs.get_mut(&row.content()).filter(|left| **left > 0);
            left.map(|left| *left -= 1).is_some()
        };
        rows.into_iter().filter(|row| !is_paired(row)).collect()
    };
    (unpaired(old), unpaired(new))
}

/// Returns the natural key, and the columns in which records differ that have the same natural key, in the order of
/// the columns, as many as needed.
fn distinctive_key(old: &[ComparedRow<'_>], new: &[ComparedRow<'_>], comparison: &Comparison) -> Vec<String> {
    // The judgement about a resource and the sentence about it do not say which one it is.
    const JUDGEMENT: [&str; 2] = ["severity", "detail"];
    let records: Vec<Value> = old.iter().chain(new).map(|row| row.record.clone()).collect();
    let mut key = natural_key(&records);
    if key.is_empty() {
        return key;
    }
    let distinct = |key: &[String]| {
        let count = |rows: &[ComparedRow<'_>]| rows.iter().map(|row| row.identity(key)).collect::<HashSet<_>>().len();
        count(old) + count(new)
    };
    let mut columns = comparison.columns.clone().unwrap_or_else(|| model::union(&records));
    let is_volatile =
        |row: &Value, column: &str| matches!(row, Value::Map(map) if comparison.volatile.contains(map, column));
    columns.retain(|column| !JUDGEMENT.contains(&column.as_str()) && !key.contains(column));
    columns.retain(|column| !records.iter().any(|row| is_volatile(row, column)));
    let mut reached = distinct(&key);
    for column in columns {
        if reached == records.len() {
            break;
        }
        key.push(column);
        match distinct(&key) {
            more if more > reached => reached = more,
            _ => drop(key.pop()),
        }
    }
    key
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

fn changes(old: &ComparedRow<'_>, new: &ComparedRow<'_>, key: &[String]) -> Vec<FieldChange> {
    let mut about: Vec<(String, Value)> = key.iter().map(|name| (name.clone(), new.field(name))).collect();
    if let (false, Value::Map(map)) = (key.iter().any(|field| field == model::NAME), new.record)
        && let Some(name) = map.get(model::NAME)
    {
        about.insert(0, (model::NAME.to_owned(), name.clone()));
    }
    let paths: BTreeSet<&String> = old.cells.keys().chain(new.cells.keys()).collect();
    let changed = paths.into_iter().filter_map(|path| {
        let (before, after) = (old.cells.get(path), new.cells.get(path));
        let value = |cell: Option<&Cell>| cell.map_or(Value::Nil, |cell| cell.value.clone());
        let is_equal = before.map(|cell| &cell.stable) == after.map(|cell| &cell.stable);
        (!is_equal).then(|| FieldChange {
            about: about.clone(),
            field: path.clone(),
            before: value(before),
            after: value(after),
        })
    });
    changed.collect()
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

    #[test]
    fn added_gone_and_changed_records_are_found() {
        let old = [volume("vol-1", 8, "web"), volume("vol-2", 8, "web"), volume("vol-3", 8, "db")];
        let new = [volume("vol-4", 1, "new"), volume("vol-3", 9, "ops"), volume("vol-1", 8, "web")];
        let diff = compare(&old, &new, &Comparison::default());
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
        assert!(compare(&old, &new, &Comparison::default()).is_empty());
        let (none, nan) =
            ([row(&[("name", "web".into())])], [row(&[("name", "web".into()), ("x", Value::Float(f64::NAN))])]);
        assert!(compare(&none, &nan, &Comparison::default()).is_empty());
        assert!(compare(&[], &[], &Comparison::default()).describe().starts_with("Nothing"));
    }

    #[test]
    fn records_with_the_same_key_are_compared_in_order() {
        let port = |port: i64| row(&[("name", "web".into()), ("port", Value::Integer(port))]);
        let diff = compare(&[port(22), port(80)], &[port(22)], &Comparison::default());
        assert_eq!((diff.gone, diff.changed.len()), (vec![port(80)], 0));
        let diff = compare(&[port(22)], &[port(22), port(443)], &Comparison::default());
        assert_eq!((diff.added, diff.changed.len()), (vec![port(443)], 0));
    }

    fn opening(port: i64, interfaces: i64) -> Value {
        let (port, interfaces) = (Value::Integer(port), Value::Integer(interfaces));
        row(&[
            ("finding", "open-port".into()),
            ("group_id", "sg-1".into()),
            ("ports", port),
            ("interfaces", interfaces),
        ])
    }

    #[test]
    fn a_swapped_port_is_a_changed_record() {
        let diff =
            compare(&[opening(80, 1), opening(22, 1)], &[opening(80, 1), opening(3389, 1)], &Comparison::default());
        assert_eq!((diff.added.len(), diff.gone.len(), diff.changed.len()), (0, 0, 1));
        assert_eq!((diff.changed[0].field.as_str(), &diff.changed[0].after), ("ports", &Value::Integer(3389)));
    }

    #[test]
    fn records_with_the_same_natural_key_are_distinguished_by_more_columns() {
        let old = [opening(22, 1), opening(3306, 1), opening(443, 2)];
        let new = [opening(3306, 2), opening(22, 2), opening(80, 2)];
        let diff = compare(&old, &new, &Comparison::default());
        assert_eq!(diff.key, ["finding", "group_id", "ports"]);
        assert_eq!((&diff.added[..], &diff.gone[..], diff.changed.len()), (&new[2..], &old[2..], 2));
    }

    #[test]
    fn only_shown_and_stable_cells_are_compared() {
        let finding = |detail: &str, age: i64, hidden: &str, seen: &str| {
            let fields = [("finding", "old-key".into()), ("name", "ada".into()), ("detail", detail.into())];
            let more = [("age", Value::Integer(age)), ("hidden", hidden.into()), ("seen", seen.into())];
            row(&[&fields[..], &more[..]].concat())
        };
        let columns = ["finding", "name", "detail", "age", "seen"].map(str::to_owned).to_vec();
        let volatile = Volatile::declared(vec!["seen".to_owned()]);
        let comparison = Comparison { key: None, columns: Some(columns), volatile };
        let old = [finding("The key is 90 days old; rotate it.", 1, "a", "monday")];
        let same = [finding("The key is 91 days old; rotate it.", 2, "b", "tuesday")];
        assert!(compare(&old, &same, &comparison).is_empty());
        let other = [finding("The key is 91 days old; delete it.", 1, "a", "monday")];
        assert_eq!(compare(&old, &other, &comparison).changed[0].field, "detail");
    }

    #[test]
    fn the_key_is_found_by_the_names_of_fields() {
        let key = |fields: &[&str]| natural_key(&[row(&fields.iter().map(|f| (*f, "x".into())).collect::<Vec<_>>())]);
        assert_eq!(key(&["instance_id", "volume_id", "size", "volume_type", "region"]), ["region", "volume_id"]);
        assert_eq!(key(&["name", "arn", "finding"]), ["finding", "arn"]);
        assert_eq!(key(&["name", "value"]), ["name"]);
        assert_eq!(key(&["user_name", "create_date"]), ["user_name"]);
        assert!(key(&["a", "b"]).is_empty());
        let odd = compare(&["a".into()], &["b".into()], &Comparison::default());
        assert_eq!((odd.added.len(), odd.gone.len()), (1, 1));
    }
}
