//! Values on a screen: a table of the most important columns, as many as fit. If too few fit, the fields
//! of a record are below each other. Columns that are left out are listed.

use std::io;

use moonfleet_core::sanitize;
use moonfleet_core::{Map, Value};
use textwrap::Options;
use unicode_width::UnicodeWidthStr;

use super::model::{NAME, name_tag, union};
use super::{Layout, Style, Table, cell, columns, table};

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
        (Value::List(items), None) if items.iter().any(|item| matches!(item, Value::Map(_))) => {
            records(items, layout, width, style, out)
        }
        (Value::Map(map), None) if !map.0.is_empty() => {
            table::title(layout.title.as_deref(), style, out)?;
            answer(map, layout, width, style, out)
        }
        _ => table::write(&Table::from_records(value, layout), style, out),
    }
}

/// Writes a table, or record after record if too few columns fit.
fn records(items: &[Value], layout: &Layout, width: u16, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let names = ordered_names(items);
    if names.is_empty() {
        return table::write(&Table::from_records(&Value::List(items.to_vec()), layout), style, out);
    }
    let count = names.len();
    let layout = Layout { columns: Some(names), may_drop: true, ..layout.clone() };
    let table = Table::from_records(&Value::List(items.to_vec()), &layout);
    let widths = table::fitting_widths(&table, width.into());
    let has_room = widths.len() == count || (items.len() > 1 && widths.len() > 1);
    let maps: Option<Vec<&Map>> =
        items.iter().map(|item| if let Value::Map(map) = item { Some(map) } else { None }).collect();
    match maps.filter(|_| !has_room) {
        Some(maps) => {
            table::title(layout.title.as_deref(), style, out)?;
            for (at, map) in maps.into_iter().enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                fields(map, width, style, out)?;
            }
            Ok(())
        }
        None => {
            table::title(table.title.as_deref(), style, out)?;
            table::write_fitted(&table, &widths, width.into(), style, out)
        }
    }
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
        _ => return fields(map, width, style, out),
    };
    if others > 0 {
        fields(&Map(rest), width, style, out)?;
        writeln!(out)?;
    }
    let layout = Layout { title: Some(name.clone()), ..layout.clone() };
    match about {
        Value::List(items) => records(items, &layout, width, style, out),
        Value::Map(map) => {
            table::title(layout.title.as_deref(), style, out)?;
            fields(map, width, style, out)
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

/// Writes a line for each field, the most important ones first, with summaries of nested values.
fn fields(map: &Map, width: u16, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(name) = name_tag(map).filter(|_| map.get(NAME).is_none()) {
        let named = [(NAME.to_owned(), name.clone())].into_iter().chain(map.0.iter().cloned()).collect();
        return fields(&named, width, style, out);
    }
    let width = usize::from(width);
    let mut names: Vec<String> = map.0.iter().map(|(name, _)| name.clone()).collect();
    columns::sort(&mut names);
    let (empty, names): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| map.get(name).is_none_or(cell::is_empty));
    let room = names
        .iter()
        .map(|name| sanitize::line(name).width())
        .filter(|width| *width <= MAX_NAME_WIDTH)
        .max()
        .unwrap_or(0);
    for name in names {
        let Some(value) = map.get(&name) else { continue };
        let name = sanitize::line(&name);
        let remaining = width.saturating_sub(name.width().max(room) + 2).max(1);
        let text = cell::render(value);
        let text = sanitize::line(text.trim_end_matches(['\r', '\n']));
        let lines = if cell::is_scalar(value) { MAX_LINES } else { 1 };
        let gap = " ".repeat(room.saturating_sub(name.width()) + 2);
        let name = if style.color { format!("\x1b[1m{name}\x1b[0m") } else { name.into_owned() };
        writeln!(out, "{name}{gap}{}", cell::truncate(&text, lines * remaining))?;
    }
    if !empty.is_empty() {
        let empty: Vec<_> = empty.iter().map(|name| sanitize::line(name)).collect();
        let text = format!("(empty: {})", empty.join(", "));
        writeln!(out, "{}", textwrap::fill(&text, Options::new(width.max(1)).subsequent_indent("  ")))?;
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
        assert_eq!(lines[4], "2 more columns: tags, iops (report.print(x, {columns = {…}}) shows them)");
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
