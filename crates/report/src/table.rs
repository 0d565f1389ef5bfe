//! A table in text: columns with a line under their names and only spaces between them, so that rows
//! can be copied and processed by other programs.

use std::borrow::Cow;
use std::io;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, TableStyle};
use moonfleet_core::sanitize;
use moonfleet_core::{Value, plural};
use unicode_width::UnicodeWidthStr;

use super::severity::{self, Severity};
use super::{Style, Table, cell};

const TABLE_STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
const GAP: usize = 2;
/// The width that a cell needs at least to be readable: that of an id of AWS, which must stay complete to be copied.
const READABLE: usize = 24;
/// The minimum width of a column with truncated texts.
const MIN_WIDTH: usize = 12;
/// The maximum width of a cell on a screen; files have complete cells.
const MAX_CELL_WIDTH: usize = 400;

pub(super) fn write(table: &Table, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    title(table.title.as_deref(), style, out)?;
    if table.rows.is_empty() {
        return writeln!(out, "(no records)");
    }
    let width = style.width.map(usize::from);
    if let Some(width) = width.filter(|_| !table.chosen) {
        return write_fitted(table, &fitting_widths(table, width), width, style, out);
    }
    let mut text = TextTable::new(table, style);
    if width.is_some() {
        text.shorten(&vec![MAX_CELL_WIDTH; table.columns.len()]);
    }
    text.draw(style, out)
}

/// Writes the first columns with these widths, and a line about the others.
pub(super) fn write_fitted(
    table: &Table,
    widths: &[usize],
    width: usize,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut text = TextTable::new(table, style);
    text.fit(widths);
    text.draw(&Style { width: None, ..*style }, out)?;
    write_hidden_columns(table, widths.len(), width, out)
}

pub(super) fn title(title: Option<&str>, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(title) = title.map(sanitize::line) else { return Ok(()) };
    match style.color {
        true => writeln!(out, "\x1b[1m{title}\x1b[0m\n"),
        false => writeln!(out, "{title}\n"),
    }
}

/// Returns the widths of the first columns that are readable side by side, of at least one.
pub(super) fn fitting_widths(table: &Table, width: usize) -> Vec<usize> {
    let text = TextTable::new(table, &Style { width: Some(0), ..Style::default() });
    let content = text.content_widths();
    let whole: Vec<usize> = content.iter().zip(&text.names).map(|(cells, name)| (*cells).max(name.width())).collect();
    // The line under the names is longer than a row by the padding of the last column.
    let side_by_side = |widths: &[usize]| widths.iter().map(|width| width + GAP).sum::<usize>().saturating_sub(GAP - 1);
    if side_by_side(&whole) <= width {
        return whole;
    }
    let minimum = content.iter().zip(&text.names).map(|(cells, name)| (*cells).min(READABLE).max(longest_part(name)));
    let mut widths: Vec<usize> = minimum.collect();
    let fits = |widths: &[usize]| side_by_side(widths) <= width;
    let mut shown = (1..=widths.len()).take_while(|columns| fits(&widths[..*columns])).count().max(1);
    // One more column, if its texts are truncated in any case.
    if shown < widths.len() && content[shown] > READABLE {
        let remaining = width.saturating_sub(side_by_side(&widths[..shown]) + GAP);
        if remaining >= MIN_WIDTH.max(longest_part(&text.names[shown])) {
            widths[shown] = remaining;
            shown += 1;
        }
    }
    widths.truncate(shown);
    // The remaining width goes first to truncated cells, then to wrapped names.
    for target in [&content, &whole] {
        for at in 0..shown {
            let remaining = width.saturating_sub(side_by_side(&widths));
            widths[at] += target[at].saturating_sub(widths[at]).min(remaining);
        }
    }
    widths[0] = widths[0].min(width.saturating_sub(1).max(1));
    widths
}

/// The cells of a table as text, one line each.
struct TextTable {
    names: Vec<String>,
    numeric: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    fn new(table: &Table, style: &Style) -> Self {
        let text = |name: &str, value: &Value| {
            let text = if style.width.is_some() { cell::short(name, value) } else { cell::brief(value) };
            sanitize::line(text.trim_end_matches(['\r', '\n'])).into_owned()
        };
        let rows = table.rows.iter().map(|row| row.iter().zip(&table.columns).map(|(v, c)| text(&c.name, v)).collect());
        TextTable {
            names: table.columns.iter().map(|column| sanitize::line(&column.name).into_owned()).collect(),
            numeric: table.columns.iter().map(|column| column.numeric).collect(),
            rows: rows.collect(),
        }
    }

    fn content_widths(&self) -> Vec<usize> {
        let widest = |at: usize| self.rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
        (0..self.names.len()).map(widest).collect()
    }

    fn shorten(&mut self, widths: &[usize]) {
        for row in &mut self.rows {
            row.truncate(widths.len());
            for (text, width) in row.iter_mut().zip(widths) {
                if let Cow::Owned(cut) = cell::truncate(text, *width) {
                    *text = cut;
                }
            }
        }
    }

    /// Keeps as many columns as there are widths. Names that are too long are wrapped, and end on the line above
    /// the rule.
    fn fit(&mut self, widths: &[usize]) {
        self.shorten(widths);
        let wrapped = self.names.iter().zip(widths).map(|(name, width)| wrapped(name, *width));
        let wrapped: Vec<Vec<String>> = wrapped.collect();
        let lines = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        self.names = wrapped.iter().map(|name| "\n".repeat(lines - name.len()) + &name.join("\n")).collect();
        self.numeric.truncate(widths.len());
    }

    fn draw(&self, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let mut drawing = comfy_table::Table::new();
        // The style decides about colours, not the crate: the output can be a string.
        drawing.force_no_tty().load_style(TABLE_STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        if style.color {
            // `style.color` already respects NO_COLOR.
            crossterm::style::force_color_output(true);
            drawing.enforce_styling();
        }
        if let Some(width) = style.width {
            drawing.set_width(width);
        }
        drawing.set_header(self.names.iter().map(|name| {
            let name = Cell::new(name);
            if style.color { name.add_attribute(Attribute::Bold) } else { name }
        }));
        let severity = self.names.iter().position(|name| name == severity::COLUMN).filter(|_| style.color);
        drawing.add_rows(self.rows.iter().map(|row| {
            row.iter().enumerate().map(move |(at, text)| match text.parse().ok().filter(|_| Some(at) == severity) {
                Some(severity) => painted(Cell::new(text), severity),
                None => Cell::new(text),
            })
        }));
        for (column, numeric) in drawing.column_iter_mut().zip(&self.numeric) {
            // The separator between columns takes one column of the gap.
            column.set_padding((0, GAP as u16 - 1));
            if *numeric {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for line in drawing.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn painted(cell: Cell, severity: Severity) -> Cell {
    severity.sgr().split(';').fold(cell, |cell, code| match (code, code.strip_prefix('3').map(str::parse)) {
        ("1", _) => cell.add_attribute(Attribute::Bold),
        ("2", _) => cell.add_attribute(Attribute::Dim),
        (_, Some(Ok(color))) => cell.fg(Color::AnsiValue(color)),
        _ => cell,
    })
}

/// Wraps a name such as `private_ip_address` after its underscores.
fn wrapped(name: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in name.split_inclusive('_') {
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.width() + part.width() <= width => line.push_str(part),
            _ => lines.push(part.to_owned()),
        }
    }
    lines.iter().map(|line| cell::truncate(line, width).into_owned()).collect()
}

fn longest_part(name: &str) -> usize {
    name.split_inclusive('_').map(UnicodeWidthStr::width).max().unwrap_or(0).min(READABLE)
}

fn write_hidden_columns(table: &Table, shown: usize, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let hidden: Vec<_> = table.columns[shown..].iter().map(|c| sanitize::line(&c.name)).collect();
    if hidden.is_empty() {
        return Ok(());
    }
    let count = format!("{} more {}: ", hidden.len(), plural(hidden.len(), "column"));
    // The names take at most two lines.
    let mut names = cell::join_names(&hidden, (2 * width).saturating_sub(count.len() + table.advice.len() + 3));
    if names.is_empty() {
        names = "…".to_owned();
    }
    writeln!(out, "{count}{names} ({})", table.advice)
}

#[cfg(test)]
mod tests {
    use moonfleet_core::Value;

    use super::*;
    use crate::Layout;

    fn fleet() -> Value {
        let row = |name: &str, cost: f64| {
            Value::Map(
                [("name".to_owned(), name.into()), ("cost".to_owned(), Value::Float(cost))].into_iter().collect(),
            )
        };
        Value::List(vec![row("web-1", 12.5), row("db", 100.25)])
    }

    #[test]
    fn severities_are_coloured_only_in_their_column() {
        let row = |severity: &str| {
            let fields = [("severity", severity), ("name", "high")];
            Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
        };
        let rows = Value::List(vec![row("high"), row("unheard of")]);
        let coloured = render_value(&rows, &Layout::default(), &Style { color: true, ..Style::default() });
        assert_eq!(coloured.matches("\u{1b}[38;5;1m").count(), 1, "{coloured:?}");
        let plain = render_value(&rows, &Layout::default(), &Style::default());
        assert!(!plain.contains('\u{1b}'), "{plain:?}");
    }

    fn render_value(value: &Value, layout: &Layout, style: &Style) -> String {
        let mut out = Vec::new();
        write(&Table::from_records(value, layout), style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_are_under_a_line_with_numbers_to_the_right() {
        let text = render_value(&fleet(), &Layout::default(), &Style::default());
        assert_eq!(text, "name     cost\n──────────────\nweb-1    12.5\ndb     100.25\n");
    }

    #[test]
    fn escapes_are_written_only_for_colours() {
        let layout = Layout { title: Some("Fleet\x1b[2J".to_owned()), ..Layout::default() };
        assert!(!render_value(&fleet(), &layout, &Style::default()).contains('\x1b'));
        let coloured = render_value(&fleet(), &layout, &Style { color: true, ..Style::default() });
        assert!(coloured.contains("\x1b[1m") && !coloured.contains("\x1b[2J"));
    }

    #[test]
    fn tables_fit_the_screen() {
        let style = Style { width: Some(40), ..Style::default() };
        let wide = |n: usize| (format!("column_{n}"), Value::String("word ".repeat(20)));
        let rows = Value::List(vec![Value::Map((0..9).map(wide).collect())]);
        let text = render_value(&rows, &Layout::default(), &style);
        let table = text.lines().filter(|l| !l.contains("more columns"));
        assert!(table.clone().all(|l| l.chars().count() <= 40), "{text}");
        assert!(text.contains("7 more columns: column_2, "), "{text}");
    }

    #[test]
    fn chosen_columns_are_all_shown() {
        let style = Style { width: Some(30), ..Style::default() };
        let columns: Vec<_> = (0..6).map(|n| format!("c{n}")).collect();
        let record = columns.iter().map(|c| (c.clone(), Value::String("a long cell".into()))).collect();
        let layout = Layout { columns: Some(columns), ..Layout::default() };
        let text = render_value(&Value::List(vec![Value::Map(record)]), &layout, &style);
        assert!(text.contains("c5") && !text.contains("more column"), "{text}");
    }

    #[test]
    fn narrow_screens_show_something() {
        for width in 0..30 {
            for color in [false, true] {
                let style = Style { width: Some(width), color, terminal: true };
                assert!(render_value(&fleet(), &Layout::default(), &style).contains('w'));
                let columns = Some((0..20).map(|n| format!("column {n}")).collect());
                render_value(&fleet(), &Layout { columns, ..Layout::default() }, &style);
            }
        }
    }

    #[test]
    fn empty_tables_say_so() {
        let nothing = [Value::List(Vec::new()), Value::List(vec![Value::Map(Default::default())])];
        let style = Style { width: Some(80), ..Style::default() };
        for value in nothing {
            assert_eq!(render_value(&value, &Layout::default(), &style), "(no records)\n");
        }
    }
}
