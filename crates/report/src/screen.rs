//! Values on a screen: a table of those columns that tell most, as many as there is room for;
//! what has no room beside each other stands below each other. What is left out here is left
//! out of the picture only, and the reader is told.

use std::io;

use moonfleet_core::sanitize;
use moonfleet_core::{Map, Value};
use textwrap::Options;
use unicode_width::UnicodeWidthStr;

use super::model::{NAME, name_tag, union};
use super::{Layout, Style, Table, cell, columns, table};

/// Names of fields that are longer have their value further to the right.
const NAMES: usize = 32;
/// What an answer may say beside what it is about: a token, and whether there is more.
const BESIDES: usize = 2;
/// How many lines a long text may take.
const LINES: usize = 4;

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

/// A table, or where that would show next to nothing, record after record.
fn records(items: &[Value], layout: &Layout, width: u16, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let names = telling(items);
    if names.is_empty() {
        return table::write(&Table::from_records(&Value::List(items.to_vec()), layout), style, out);
    }
    let count = names.len();
    let layout = Layout { columns: Some(names), may_drop: true, ..layout.clone() };
    let table = Table::from_records(&Value::List(items.to_vec()), &layout);
    let widths = table::fitting(&table, width.into());
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
            table::fitted(&table, &widths, width.into(), style, out)
        }
    }
}

/// The names of all fields and of the Name tag; those that are empty everywhere come last.
fn telling(items: &[Value]) -> Vec<String> {
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

/// What a call answers is mostly one list or one structure, which is what somebody asked for.
fn answer(map: &Map, layout: &Layout, width: u16, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let is_nested = |value: &Value| !cell::is_scalar(value) && !cell::is_empty(value);
    let (nested, rest): (Vec<_>, Vec<_>) = map.0.iter().cloned().partition(|(_, value)| is_nested(value));
    let told = rest.iter().filter(|(_, value)| !cell::is_empty(value)).count();
    let (name, about) = match &nested[..] {
        // A record has more to tell of itself than an answer has beside what it is about.
        [(name, about)] if told <= BESIDES && !name.ends_with("tags") && is_about_records(about) => (name, about),
        _ => return fields(map, width, style, out),
    };
    if told > 0 {
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

/// A line for each field, those that tell most first; in brief what is nested.
fn fields(map: &Map, width: u16, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(name) = name_tag(map).filter(|_| map.get(NAME).is_none()) {
        let named = [(NAME.to_owned(), name.clone())].into_iter().chain(map.0.iter().cloned()).collect();
        return fields(&named, width, style, out);
    }
    let width = usize::from(width);
    let mut names: Vec<String> = map.0.iter().map(|(name, _)| name.clone()).collect();
    columns::sort(&mut names);
    let (empty, names): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| map.get(name).is_none_or(cell::is_empty));
    let room = names.iter().map(|name| sanitize::line(name).width()).filter(|width| *width <= NAMES).max().unwrap_or(0);
    for name in names {
        let Some(value) = map.get(&name) else { continue };
        let name = sanitize::line(&name);
        let left = width.saturating_sub(name.width().max(room) + 2).max(1);
        let text = cell::render(value);
        let text = sanitize::line(text.trim_end_matches(['\r', '\n']));
        let lines = if cell::is_scalar(value) { LINES } else { 1 };
        let gap = " ".repeat(room.saturating_sub(name.width()) + 2);
        let name = if style.color { format!("\x1b[1m{name}\x1b[0m") } else { name.into_owned() };
        writeln!(out, "{name}{gap}{}", cell::cut(&text, lines * left))?;
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
    fn records_have_their_name_first_and_nothing_empty() {
        let text = render_value(&Value::List(vec![volume("one"), volume("two")]), 58);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "name  volume_id              state   size  attachments");
        assert_eq!(lines[2], "one   vol-00000000000000001  in-use     8  [1 item]");
        assert_eq!(lines[4], "2 more columns: tags, iops (report.print(x, {columns = {…}}) shows them)");
    }

    #[test]
    fn one_record_without_room_is_read_downward() {
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
    fn an_answer_is_its_list() {
        let answer = map(&[("next_token", "abc".into()), ("volumes", Value::List(vec![volume("one"), volume("two")]))]);
        let text = render_value(&answer, 80);
        assert!(text.starts_with("next_token  abc\n\nvolumes\n\nname  volume_id"), "{text}");
        let text = render_value(&map(&[("volume", volume("one"))]), 40);
        assert!(text.starts_with("volume\n\nname         one\nvolume_id    vol-"), "{text}");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let text = render_value(&map(&[("stdout", "x".repeat(500).into()), ("id", "1".into())]), 50);
        assert_eq!(text, format!("id      1\nstdout  {}…+337\n", "x".repeat(163)));
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
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
