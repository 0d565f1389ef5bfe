//! A table for the eye: columns with a line under their names and nothing between
//! them, so that a row can be copied and cut by other programs.

use std::io;

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, LineStyle, TableStyle};

use super::{Style, Table, cell, clean};

const LOOK: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
const GAP: u16 = 2;
/// An id of AWS, which is there to be copied, and therefore must stay in one piece.
const READABLE: u16 = 21;

pub(super) fn write(table: &Table, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(title) = &table.title {
        let title = clean::line(title);
        match style.color {
            true => writeln!(out, "\x1b[1m{title}\x1b[0m\n")?,
            false => writeln!(out, "{title}\n")?,
        }
    }
    if table.rows.is_empty() {
        return writeln!(out, "(no records)");
    }
    let shown = columns_that_fit(table, style);
    for line in drawn(table, shown, style).lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    left_out(table, shown, out)
}

/// The leading columns that can be read side by side; all of them if somebody chose
/// them, and one at least.
fn columns_that_fit(table: &Table, style: &Style) -> usize {
    let all = table.columns.len();
    let Some(width) = style.width.filter(|_| !table.chosen) else {
        return all;
    };
    let widths = drawn(table, all, &Style::default()).column_max_content_widths();
    let mut used: u32 = 0;
    let fitting = widths.iter().take_while(|wanted| {
        used += u32::from((**wanted).min(READABLE) + GAP);
        used <= u32::from(width.saturating_add(GAP))
    });
    fitting.count().max(1)
}

fn drawn(table: &Table, columns: usize, style: &Style) -> comfy_table::Table {
    let mut drawing = comfy_table::Table::new();
    // It is told what the output is and asks nobody: the output may be a string.
    drawing.force_no_tty().load_style(LOOK).set_content_arrangement(ContentArrangement::Dynamic);
    if style.color {
        drawing.enforce_styling();
    }
    if let Some(width) = style.width {
        drawing.set_width(width);
    }
    drawing.set_header(table.columns[..columns].iter().map(|column| {
        let name = Cell::new(clean::line(&column.name));
        if style.color { name.add_attribute(Attribute::Bold) } else { name }
    }));
    drawing.add_rows(table.rows.iter().map(|row| {
        row[..columns].iter().map(|value| Cell::new(clean::line(cell::brief(value).trim_end_matches(['\r', '\n']))))
    }));
    for (column, described) in drawing.column_iter_mut().zip(&table.columns) {
        // The rest of the gap is the place of the line between columns.
        column.set_padding((0, GAP - 1));
        if described.numeric {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    drawing
}

fn left_out(table: &Table, shown: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let hidden: Vec<_> = table.columns[shown..].iter().map(|c| clean::line(&c.name)).collect();
    if hidden.is_empty() {
        return Ok(());
    }
    let plural = if hidden.len() == 1 { "" } else { "s" };
    writeln!(
        out,
        "{} more column{plural}: {} (choose with report.print(x, {{columns = {{...}}}}))",
        hidden.len(),
        hidden.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use moonfleet_bindings::Value;

    use super::*;
    use crate::report::Layout;

    fn fleet() -> Value {
        let row = |name: &str, cost: f64| {
            Value::Map(
                [("name".to_owned(), name.into()), ("cost".to_owned(), Value::Float(cost))].into_iter().collect(),
            )
        };
        Value::List(vec![row("web-1", 12.5), row("db", 100.25)])
    }

    fn shown(value: &Value, layout: &Layout, style: &Style) -> String {
        let mut out = Vec::new();
        write(&Table::from_records(value, layout), style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_stand_under_a_line_with_numbers_to_the_right() {
        let text = shown(&fleet(), &Layout::default(), &Style::default());
        assert_eq!(text, "name     cost\n──────────────\nweb-1    12.5\ndb     100.25\n");
    }

    #[test]
    fn only_colour_brings_escapes() {
        let layout = Layout { title: Some("Fleet\x1b[2J".to_owned()), ..Layout::default() };
        assert!(!shown(&fleet(), &layout, &Style::default()).contains('\x1b'));
        let coloured = shown(&fleet(), &layout, &Style { color: true, ..Style::default() });
        assert!(coloured.contains("\x1b[1m") && !coloured.contains("\x1b[2J"));
    }

    #[test]
    fn nothing_is_wider_than_the_screen() {
        let style = Style { width: Some(40), ..Style::default() };
        let wide = |n: usize| (format!("column_{n}"), Value::String("word ".repeat(20)));
        let rows = Value::List(vec![Value::Map((0..9).map(wide).collect())]);
        let text = shown(&rows, &Layout::default(), &style);
        let table = text.lines().filter(|l| !l.contains("more columns"));
        assert!(table.clone().all(|l| l.chars().count() <= 40), "{text}");
        assert!(text.contains("8 more columns: column_1, "), "{text}");
    }

    #[test]
    fn chosen_columns_are_all_shown() {
        let style = Style { width: Some(30), ..Style::default() };
        let columns: Vec<_> = (0..6).map(|n| format!("c{n}")).collect();
        let record = columns.iter().map(|c| (c.clone(), Value::String("a long cell".into()))).collect();
        let layout = Layout { columns: Some(columns), ..Layout::default() };
        let text = shown(&Value::List(vec![Value::Map(record)]), &layout, &style);
        assert!(text.contains("c5") && !text.contains("more column"), "{text}");
    }

    #[test]
    fn no_screen_is_too_narrow() {
        for width in 0..30 {
            for color in [false, true] {
                let style = Style { width: Some(width), color, terminal: true };
                assert!(shown(&fleet(), &Layout::default(), &style).contains('w'));
                let columns = Some((0..20).map(|n| format!("column {n}")).collect());
                shown(&fleet(), &Layout { columns, ..Layout::default() }, &style);
            }
        }
    }

    #[test]
    fn no_rows_are_said() {
        let nothing = [Value::List(Vec::new()), Value::List(vec![Value::Map(Default::default())])];
        let style = Style { width: Some(80), ..Style::default() };
        for value in nothing {
            assert_eq!(shown(&value, &Layout::default(), &style), "(no records)\n");
        }
    }
}
