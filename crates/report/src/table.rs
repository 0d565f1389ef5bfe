//! A table in text: columns with a line under their names and only spaces between them, so that rows
//! can be copied and processed by other programs.

use std::io;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, TableStyle};
use moonfleet_core::sanitize;
use moonfleet_core::{Value, plural};
use unicode_width::UnicodeWidthStr;

use super::fit::{Arrangement, GAP, arrange};
use super::severity::{self, Severity};
use super::wrap::wrap;
use super::{Style, Table, cell};

const TABLE_STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
/// The maximum width of a cell on a screen; files have complete cells.
const MAX_CELL_WIDTH: usize = 400;
/// How to see columns that a screen leaves out.
const ADVICE: &str = "--output json shows them";

pub(super) fn write(table: &Table, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    title(table.title.as_deref(), style, out)?;
    if table.rows.is_empty() {
        return writeln!(out, "(no records)");
    }
    let text = TextTable::new(table, style);
    match style.width {
        Some(width) => text.write_arranged(&text.arrange(width.into()), width.into(), style, out),
        None => text.draw(style).iter().try_for_each(|line| writeln!(out, "{line}")),
    }
}

pub(super) fn title(title: Option<&str>, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(title) = title.map(sanitize::line) else { return Ok(()) };
    match style.color {
        true => writeln!(out, "\x1b[1m{title}\x1b[0m\n"),
        false => writeln!(out, "{title}\n"),
    }
}

/// The cells of a table as text.
pub(super) struct TextTable {
    names: Vec<String>,
    numeric: Vec<bool>,
    rows: Vec<Vec<String>>,
    chosen: bool,
}

impl TextTable {
    pub(super) fn new(table: &Table, style: &Style) -> Self {
        let text = |name: &str, value: &Value| {
            let text = cell::in_column(name, value, |value| match style.width {
                Some(_) => cell::short(name, value),
                None => cell::brief(value),
            });
            let text = sanitize::line(text.trim_end_matches(['\r', '\n'])).into_owned();
            if style.width.is_some() { cell::truncate(&text, MAX_CELL_WIDTH).into_owned() } else { text }
        };
        let rows = table.rows.iter().map(|row| row.iter().zip(&table.columns).map(|(v, c)| text(&c.name, v)).collect());
        TextTable {
            names: table.columns.iter().map(|column| sanitize::line(&column.name).into_owned()).collect(),
            numeric: table.columns.iter().map(|column| column.numeric).collect(),
            rows: rows.collect(),
            chosen: table.chosen,
        }
    }

    pub(super) fn arrange(&self, width: usize) -> Arrangement {
        arrange(&self.names, &self.rows, self.chosen, width)
    }

    /// Writes the columns of the row, the texts below each row, and a line about the other columns.
    pub(super) fn write_arranged(
        &self,
        arrangement: &Arrangement,
        width: usize,
        style: &Style,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let in_row = self.fit(arrangement);
        let lines = in_row.draw(style);
        let (head, mut body) = lines.split_at(lines.len().min(2));
        for line in head {
            // The rule under the names is longer than a row by the padding of the last column.
            let end = line.char_indices().nth(width).filter(|_| line.starts_with('─')).map_or(line.len(), |(at, _)| at);
            writeln!(out, "{}", &line[..end])?;
        }
        for (row, cells) in self.rows.iter().zip(&in_row.rows) {
            let height = cells.iter().map(|cell| cell.lines().count()).max().unwrap_or(0).max(1);
            let (own, rest) = body.split_at(body.len().min(height));
            body = rest;
            own.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            for at in arrangement.below.iter().filter(|at| !row[**at].is_empty()) {
                let name = format!("  {}: ", self.names[*at]);
                wrap(&row[*at], width, &name, "    ").iter().try_for_each(|line| writeln!(out, "{line}"))?;
            }
        }
        self.write_hidden(&arrangement.hidden, width, style, out)
    }

    /// Returns the table with only the columns of the row. Chosen texts are wrapped, others are shortened.
    fn fit(&self, arrangement: &Arrangement) -> Self {
        let fitted = |text: &str, width: usize| match text.width() <= width {
            true => text.to_owned(),
            false if self.chosen => wrap(text, width, "", "").join("\n"),
            // A single word is shown completely: the terminal wraps it, and it can be copied.
            false if !text.contains(char::is_whitespace) => text.to_owned(),
            false => cell::truncate(text, width).into_owned(),
        };
        let placed = &arrangement.in_row;
        let row = |row: &Vec<String>| placed.iter().map(|placed| fitted(&row[placed.column], placed.width)).collect();
        TextTable {
            names: placed.iter().map(|placed| self.names[placed.column].clone()).collect(),
            numeric: placed.iter().map(|placed| self.numeric[placed.column]).collect(),
            rows: self.rows.iter().map(row).collect(),
            chosen: self.chosen,
        }
    }

    /// Returns the lines of the table: the names, a rule and the rows.
    fn draw(&self, style: &Style) -> Vec<String> {
        let mut drawing = comfy_table::Table::new();
        // The style decides about colours, not the crate: the output can be a string.
        drawing.force_no_tty().load_style(TABLE_STYLE).set_content_arrangement(ContentArrangement::Disabled);
        if style.color {
            // `style.color` already respects NO_COLOR.
            crossterm::style::force_color_output(true);
            drawing.enforce_styling();
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
        drawing.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    fn write_hidden(&self, hidden: &[usize], width: usize, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        if hidden.is_empty() {
            return Ok(());
        }
        let advice = style.advice.unwrap_or(ADVICE);
        let names: Vec<&str> = hidden.iter().map(|at| self.names[*at].as_str()).collect();
        let count = format!("{} more {}: ", names.len(), plural(names.len(), "column"));
        // The names take at most two lines.
        let mut shown = cell::join_names(&names, (2 * width).saturating_sub(count.len() + advice.len() + 3));
        if shown.is_empty() {
            shown = "…".to_owned();
        }
        writeln!(out, "{count}{shown} ({advice})")
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

    fn wide_rows(columns: usize) -> Value {
        let wide = |n: usize| (format!("column_{n}"), Value::String("word ".repeat(20)));
        let row = Value::Map((0..columns).map(wide).collect());
        Value::List(vec![row.clone(), row])
    }

    #[test]
    fn tables_fit_the_screen() {
        let style = Style { width: Some(40), ..Style::default() };
        let text = render_value(&wide_rows(9), &Layout::default(), &style);
        let table = text.lines().filter(|l| !l.contains("more columns"));
        assert!(table.clone().all(|l| l.chars().count() <= 40), "{text}");
        assert!(text.contains("7 more columns: column_2, "), "{text}");
        assert!(text.contains("--output json shows them"), "{text}");
        let prompt = Style { advice: Some("look there"), ..style };
        assert!(render_value(&wide_rows(9), &Layout::default(), &prompt).contains("(look there)"));
    }

    #[test]
    fn chosen_texts_are_complete() {
        let style = Style { width: Some(30), ..Style::default() };
        let columns: Vec<_> = (0..4).map(|n| format!("column_{n}")).collect();
        let layout = Layout { columns: Some(columns), ..Layout::default() };
        let text = render_value(&wide_rows(4), &layout, &style);
        assert_eq!(text.matches("word").count(), 2 * 4 * 20, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 30), "{text}");
        assert!(text.contains("\n  column_3: word word"), "{text}");
    }

    #[test]
    fn chosen_columns_without_room_are_listed() {
        let row = |n: i64| {
            let fields = [("name", Value::from("web")), ("volume_id", "vol-0164a993984f18ac7".into())];
            let fields = fields.into_iter().chain([("region", "eu-central-1".into()), ("days", Value::Integer(n))]);
            Value::Map(fields.map(|(name, value)| (name.to_owned(), value)).collect())
        };
        let columns = ["name", "volume_id", "region", "days"].map(str::to_owned).to_vec();
        let layout = Layout { columns: Some(columns), ..Layout::default() };
        let style = Style { width: Some(34), ..Style::default() };
        assert_eq!(
            render_value(&Value::List(vec![row(7), row(12)]), &layout, &style),
            "name  volume_id              days\n\
             ──────────────────────────────────\n\
             web   vol-0164a993984f18ac7     7\n\
             web   vol-0164a993984f18ac7    12\n\
             1 more column: region (--output json shows them)\n"
        );
    }

    #[test]
    fn narrow_screens_show_something() {
        for width in 0..30 {
            for color in [false, true] {
                let style = Style { width: Some(width), color, terminal: true, advice: None };
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
