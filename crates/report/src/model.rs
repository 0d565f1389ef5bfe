//! The table from which all formats for readers are written.

use std::collections::HashSet;

use moonfleet_core::{Map, Value};

use super::{Layout, columns};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub title: Option<String>,
    pub columns: Vec<Column>,
    /// The rows; each has one value for each column.
    pub rows: Vec<Vec<Value>>,
    /// Whether the user or a script chose these columns, so that their texts are not shortened.
    pub chosen: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    /// Whether every value is a number; such a column is aligned to the right.
    pub numeric: bool,
}

impl Table {
    /// Converts a value: a list of maps or of lists has a row for each item, a list of scalars is one column,
    /// and a map has a row for each field.
    pub fn from_records(value: &Value, layout: &Layout) -> Self {
        match value {
            Value::List(items) if items.iter().any(|i| matches!(i, Value::Map(_))) => records(items, layout),
            Value::List(items) if items.iter().any(|i| matches!(i, Value::List(_))) => lists(items, layout),
            Value::List(items) => {
                let names = layout.columns.clone().unwrap_or_else(|| match items.is_empty() {
                    true => Vec::new(),
                    false => vec!["value".to_owned()],
                });
                Self::new(layout, names, items.iter().map(|item| vec![item.clone()]).collect())
            }
            Value::Map(map) => fields(map, layout),
            scalar => Self::new(layout, vec!["value".to_owned()], vec![vec![scalar.clone()]]),
        }
    }

    /// Makes a table. Each row is extended or truncated to the number of columns. Without columns the table has
    /// no rows either, even if there were empty records.
    fn new(layout: &Layout, names: Vec<String>, mut rows: Vec<Vec<Value>>) -> Self {
        if names.is_empty() {
            rows.clear();
        }
        for row in &mut rows {
            row.resize(names.len(), Value::Nil);
        }
        let columns = names.into_iter().enumerate();
        let columns = columns.map(|(at, name)| Column { numeric: is_numeric(&rows, at), name }).collect();
        let chosen = layout.columns.is_some() && !layout.may_drop;
        Self { title: layout.title.clone(), columns, rows, chosen }
    }
}

/// Returns the chosen fields of a map, or of each map in a list. A missing field is nil, so that all records
/// have the same fields. Values that are not maps stay unchanged.
pub(crate) fn chosen(value: &Value, columns: &[String]) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(|item| chosen_fields(item, columns)).collect()),
        other => chosen_fields(other, columns),
    }
}

fn chosen_fields(value: &Value, columns: &[String]) -> Value {
    match value {
        Value::Map(map) => Value::Map(columns.iter().map(|name| (name.clone(), field(map, name))).collect()),
        other => other.clone(),
    }
}

/// Returns the field of this name, or the nested field if the name is a path such as `state.name`. If a record has
/// no field `name`, its Name tag is used.
pub(crate) fn field(map: &Map, name: &str) -> Value {
    if let Some(value) = map.get(name) {
        return value.clone();
    }
    if name == NAME {
        return name_tag(map).cloned().unwrap_or_default();
    }
    // Splits at the first dot after a known field: names of tags can contain dots, fields of AWS cannot.
    for (at, _) in name.match_indices('.') {
        if let Some(Value::Map(inner)) = map.get(&name[..at]) {
            return field(inner, &name[at + 1..]);
        }
    }
    Value::Nil
}

pub(crate) const NAME: &str = "name";

pub(crate) fn name_tag(map: &Map) -> Option<&Value> {
    match map.get("tags") {
        Some(Value::Map(tags)) => tags.get("Name"),
        _ => None,
    }
}

fn records(items: &[Value], layout: &Layout) -> Table {
    let names = layout.columns.clone().unwrap_or_else(|| union(items));
    let rows = items.iter().map(|item| {
        let cell = |name: &String| match item {
            Value::Map(map) => field(map, name),
            // A value among records that is not a map is shown in the column `value`.
            other if name == "value" => other.clone(),
            _ => Value::Nil,
        };
        names.iter().map(cell).collect()
    });
    let rows = rows.collect();
    Table::new(layout, names, rows)
}

/// Returns the names of all fields, the most important ones first.
pub(crate) fn union(items: &[Value]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for item in items {
        let fields = match item {
            Value::Map(Map(fields)) => fields.iter().map(|(name, _)| name.as_str()).collect(),
            _ => vec!["value"],
        };
        for name in fields {
            if seen.insert(name) {
                names.push(name.to_owned());
            }
        }
    }
    columns::sort(&mut names);
    names
}

fn lists(items: &[Value], layout: &Layout) -> Table {
    let rows: Vec<Vec<Value>> = items
        .iter()
        .map(|item| match item {
            Value::List(cells) => cells.clone(),
            other => vec![other.clone()],
        })
        .collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let names = layout.columns.clone().unwrap_or_else(|| (1..=width).map(|n| n.to_string()).collect());
    Table::new(layout, names, rows)
}

fn fields(map: &Map, layout: &Layout) -> Table {
    let pairs = match &layout.columns {
        Some(columns) => columns.iter().map(|name| (name.clone(), field(map, name))).collect(),
        None => map.0.clone(),
    };
    let rows = pairs.into_iter().map(|(name, value)| vec![Value::String(name), value]).collect();
    Table::new(layout, vec!["field".to_owned(), "value".to_owned()], rows)
}

fn is_numeric(rows: &[Vec<Value>], at: usize) -> bool {
    let mut values = rows.iter().map(|row| &row[at]).filter(|v| !v.is_nil()).peekable();
    values.peek().is_some() && values.all(|v| matches!(v, Value::Integer(_) | Value::Float(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&str, Value)]) -> Value {
        Value::Map(fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect())
    }

    fn names(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|c| c.name.as_str()).collect()
    }

    fn chosen_columns(names: &[&str]) -> Layout {
        Layout { columns: Some(names.iter().map(|n| (*n).to_owned()).collect()), ..Layout::default() }
    }

    #[test]
    fn columns_are_all_fields_with_the_important_ones_first() {
        let rows = Value::List(vec![
            map(&[("zebra", Value::Integer(1)), ("state", "running".into()), ("ant", Value::Integer(2))]),
            map(&[("instance_id", "i-1".into()), ("name", "web".into())]),
        ]);
        let table = Table::from_records(&rows, &Layout::default());
        assert_eq!(names(&table), ["name", "instance_id", "state", "zebra", "ant"]);
        assert_eq!(table.rows[0][0], Value::Nil);
        assert_eq!(table.rows[1][0], "web".into());
        assert!(table.columns[3].numeric && !table.columns[0].numeric);
    }

    #[test]
    fn chosen_columns_can_be_nested_fields() {
        let tags = map(&[("App.Tier", "web".into())]);
        let rows = Value::List(vec![map(&[("tags", tags), ("a.b", "own".into()), ("id", "i-1".into())])]);
        let table = Table::from_records(&rows, &chosen_columns(&["tags.App.Tier", "a.b", "absent", "id.x"]));
        assert_eq!(table.rows[0], ["web".into(), "own".into(), Value::Nil, Value::Nil]);
        assert!(table.chosen);
    }

    #[test]
    fn the_name_tag_is_used_if_there_is_no_name() {
        let tagged = |name: &str| ("tags", map(&[("Name", name.into())]));
        let rows = Value::List(vec![map(&[tagged("web")]), map(&[("name", "own".into()), tagged("tag")]), map(&[])]);
        let table = Table::from_records(&rows, &chosen_columns(&["name"]));
        assert_eq!(table.rows, [["web".into()], ["own".into()], [Value::Nil]]);
    }

    #[test]
    fn other_values_become_tables() {
        let scalars = Value::List(vec!["a".into(), "b".into()]);
        assert_eq!(names(&Table::from_records(&scalars, &Layout::default())), ["value"]);

        let rows = Value::List(vec![Value::List(vec!["a".into()]), Value::List(vec!["b".into(), "c".into()])]);
        let table = Table::from_records(&rows, &Layout::default());
        assert_eq!(names(&table), ["1", "2"]);
        assert_eq!(table.rows[0], ["a".into(), Value::Nil]);

        let table = Table::from_records(&map(&[("b", "1".into()), ("a", "2".into())]), &Layout::default());
        assert_eq!(names(&table), ["field", "value"]);
        assert_eq!(table.rows[0], ["b".into(), "1".into()]);

        let empty = Table::from_records(&Value::List(Vec::new()), &Layout::default());
        assert!(empty.columns.is_empty() && empty.rows.is_empty());
    }

    #[test]
    fn other_values_among_records_are_shown() {
        let rows = Value::List(vec![map(&[("name", "web".into())]), "odd".into()]);
        let table = Table::from_records(&rows, &Layout::default());
        assert_eq!(names(&table), ["name", "value"]);
        assert_eq!(table.rows[1], [Value::Nil, "odd".into()]);
    }

    #[test]
    fn choosing_columns_keeps_types_and_other_values() {
        let rows = Value::List(vec![map(&[("n", Value::Integer(1)), ("secret", "x".into())]), "odd".into()]);
        let kept = chosen(&rows, &["n".to_owned(), "absent".to_owned()]);
        assert_eq!(kept, Value::List(vec![map(&[("n", Value::Integer(1)), ("absent", Value::Nil)]), "odd".into()]));
    }
}
