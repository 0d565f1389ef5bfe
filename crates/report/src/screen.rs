//! Values on a screen: a table of the columns that fit (`fit.rs`). If too few fit, the fields of a record are
//! below each other. Columns that are left out are listed.

use std::io;

use moonfleet_core::sanitize;
use moonfleet_core::{Map, Value};
use unicode_width::UnicodeWidthStr;

use super::model::{NAME, field, name_tag, union};
use super::wrap::wrap;
use super::{Layout, Style, Table, cell, table};

/// The maximum width of the column of names; the value of a longer name begins further to the right.
const MAX_NAME_WIDTH: usize = 32;
/// The maximum number of other fields beside the main field of an answer, such as a token and a flag for more pages.
const MAX_OTHER_FIELDS: usize = 2;
/// The maximum number of lines of a long text.
const MAX_LINES: usize = 4;

pub(super) fn write(
    value: &Value,
    layout: &Layout,
    width: u16,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match (value, &layout.columns) {
        (Value::List(items), _) if items.iter().any(|item| matches!(item, Value::Map(_))) => {
            records(items, layout, width, style, out)
        }
        (Value::Map(map), None) if !map.0.is_empty() => {
            table::title(layout.title.as_deref(), style, out)?;
            answer(map, layout, width, style, out)
        }
        (Value::Map(map), Some(columns)) => {
            table::title(layout.title.as_deref(), style, out)?;
            fields(columns.iter().map(|name| (name.clone(), field(map, name))).collect(), width, style, out)
        }
        _ => table::write(&Table::from_records(value, layout), style, out),
    }
}

/// Writes a table, or record after record if too few columns fit.
fn records(items: &[Value], layout: &Layout, width: u16, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let names = layout.columns.clone().unwrap_or_else(|| ordered_names(items));
    let may_drop = layout.columns.is_none() || layout.may_drop;
    let layout = Layout { columns: Some(names.clone()).filter(|names| !names.is_empty()), may_drop, ..layout.clone() };
    let table = Table::from_records(&Value::List(items.to_vec()), &layout);
    if table.rows.is_empty() {
        return table::write(&table, style, out);
    }
    let text = table::TextTable::new(&table, style);
    let arrangement = text.arrange(width.into());
    let columns = arrangement.in_row.len();
    let has_room = columns == names.len() || (items.len() > 1 && columns > 1);
    table::title(table.title.as_deref(), style, out)?;
    if has_room || items.iter().any(|item| !matches!(item, Value::Map(_))) {
        return text.write_arranged(&arrangement, width.into(), style, out);
    }
    for (at, row) in table.rows.into_iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        fields(names.iter().cloned().zip(row).collect(), width, style, out)?;
    }
    Ok(())
}

/// Returns the names of all fields and of the Name tag; fields that are empty in all records come last.
fn ordered_names(items: &[Value]) -> Vec<String> {
    let maps = || items.iter().filter_map(|item| if let Value::Map(map) = item { Some(map) } else { None });
    let mut names = union(items);
    if !names.iter().any(|name| name == NAME) && maps().any(|map| name_tag(map).is_some()) {
        names.insert(0, NAME.to_owned());
    }
    let is_empty =
        |name: &String| name != NAME && name != "value" && maps().all(|map| map.get(name).is_none_or(cell::is_empty));
    names.sort_by_cached_key(is_empty);
    names
}

/// Writes an answer. Most answers contain one list or one structure, which is then the main part.
fn answer(map: &Map, layout: &Layout, width: u16, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let is_nested = |value: &Value| !cell::is_scalar(value) && !cell::is_empty(value);
    let (nested, rest): (Vec<_>, Vec<_>) = map.0.iter().cloned().partition(|(_, value)| is_nested(value));
    let others = rest.iter().filter(|(_, value)| !cell::is_empty(value)).count();
    let (name, about) = match &nested[..] {
        // A record has more other fields than an answer.
        [(name, about)] if others <= MAX_OTHER_FIELDS && !name.ends_with("tags") && is_about_records(about) => {
            (name, about)
        }
        _ => return fields(ordered_fields(map), width, style, out),
    };
    if others > 0 {
        fields(ordered_fields(&Map(rest)), width, style, out)?;
        writeln!(out)?;
    }
    let layout = Layout { title: Some(name.clone()), ..layout.clone() };
    match about {
        Value::List(items) => records(items, &layout, width, style, out),
        Value::Map(map) => {
            table::title(layout.title.as_deref(), style, out)?;
            fields(ordered_fields(map), width, style, out)
        }
        _ => Ok(()),
    }
}

fn is_about_records(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().all(|item| matches!(item, Value::Map(_))),
        other => matches!(other, Value::Map(_)),
    }
}

/// Returns the fields of a record with its Name tag, the most important ones first.
fn ordered_fields(map: &Map) -> Vec<(String, Value)> {
    let names = ordered_names(&[Value::Map(map.clone())]);
    names.into_iter().map(|name| (name.clone(), field(map, &name))).collect()
}

/// Writes the lines of each field, with summaries of nested values. Long texts are wrapped at spaces.
fn fields(all: Vec<(String, Value)>, width: u16, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let width = usize::from(width);
    let (empty, all): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, value)| cell::is_empty(value));
    let widths = all.iter().map(|(name, _)| sanitize::line(name).width());
    let room = widths.filter(|width| *width <= MAX_NAME_WIDTH).max().unwrap_or(0);
    for (field, value) in &all {
        let name = sanitize::line(field);
        let begin = format!("{name}{}", " ".repeat(room.saturating_sub(name.width()) + 2));
        let text = cell::in_column(field, value, cell::render);
        let text = sanitize::line(text.trim_end_matches(['\r', '\n']));
        let text = cell::truncate(&text, MAX_LINES * width.saturating_sub(begin.width()).max(1));
        for line in wrap(&text, width, &begin, &" ".repeat(room + 2)) {
            match line.strip_prefix(&*name).filter(|_| style.color && line.starts_with(&begin)) {
                Some(rest) => writeln!(out, "\x1b[1m{name}\x1b[0m{rest}")?,
                None => writeln!(out, "{line}")?,
            }
        }
    }
    if !empty.is_empty() {
        let empty: Vec<_> = empty.iter().map(|(name, _)| sanitize::line(name)).collect();
        let text = format!("(empty: {})", empty.join(", "));
        wrap(&text, width, "", "  ").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, render};

    fn map(fields: &[(&str, Value)]) -> Value {
        Value::Map(fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect())
    }

    fn render_value(value: &Value, width: u16) -> String {
        let mut out = Vec::new();
        render(value, Format::Table, &Style { width: Some(width), ..Style::default() }, &mut out).expect("memory");
        String::from_utf8(out).expect("text")
    }

    fn volume(name: &str) -> Value {
        map(&[
            ("attachments", Value::List(vec![map(&[("device", "/dev/xvda".into())])])),
            ("iops", Value::Nil),
            ("size", Value::Integer(8)),
            ("state", map(&[("code", Value::Integer(0)), ("name", "in-use".into())])),
            ("tags", map(&[("App", "App20".into()), ("Name", name.into())])),
            ("volume_id", "vol-00000000000000001".into()),
        ])
    }

    #[test]
    fn names_come_first_and_empty_fields_last() {
        let text = render_value(&Value::List(vec![volume("one"), volume("two")]), 58);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "name  volume_id              state   size  attachments");
        assert_eq!(lines[2], "one   vol-00000000000000001  in-use     8  [1 item]");
        assert_eq!(lines[4], "2 more columns: tags, iops (--output json shows them)");
    }

    #[test]
    fn a_wide_record_is_shown_downward() {
        assert_eq!(
            render_value(&Value::List(vec![volume("one")]), 40),
            "name         one\n\
             volume_id    vol-00000000000000001\n\
             state        code=0 name=in-use\n\
             size         8\n\
             attachments  [1 item]\n\
             tags         App=App20 Name=one\n\
             (empty: iops)\n"
        );
    }

    #[test]
    fn the_list_of_an_answer_is_its_main_part() {
        let answer = map(&[("next_token", "abc".into()), ("volumes", Value::List(vec![volume("one"), volume("two")]))]);
        let text = render_value(&answer, 80);
        assert!(text.starts_with("next_token  abc\n\nvolumes\n\nname  volume_id"), "{text}");
        let text = render_value(&map(&[("volume", volume("one"))]), 40);
        assert!(text.starts_with("volume\n\nname         one\nvolume_id    vol-"), "{text}");
    }

    #[test]
    fn long_texts_are_truncated() {
        let text = render_value(&map(&[("stdout", "x".repeat(500).into()), ("id", "1".into())]), 50);
        assert_eq!(text, format!("id      1\nstdout  {}…+337\n", "x".repeat(163)));
    }

    #[test]
    fn empty_values_say_so() {
        for value in [Value::List(Vec::new()), Value::List(vec![map(&[])]), map(&[])] {
            assert_eq!(render_value(&value, 80), "(no records)\n");
        }
        assert_eq!(render_value(&map(&[("a", Value::List(Vec::new()))]), 80), "(empty: a)\n");
    }

    #[test]
    fn every_width_shows_something() {
        for width in 0..60 {
            assert!(render_value(&Value::List(vec![volume("one"), volume("two")]), width).contains('…') || width > 30);
            render_value(&volume("one"), width);
        }
    }
}
