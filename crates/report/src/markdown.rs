//! Markdown: a table for a page or a message, in which no cell can add markup.

use std::io;

use moonfleet_core::sanitize;

use super::document::{Block, Document, Figure};
use super::{Listing, Table, cell};
use crate::markup::{MarkupBlock, parts};

/// Writes a whole report. Charts are tables; the last line is the origin of the report.
pub(super) fn document(document: &Document, out: &mut dyn io::Write) -> io::Result<()> {
    let mut gap = Gap::default();
    if let Some(title) = &document.title {
        gap.before(out)?;
        writeln!(out, "# {}", heading(title))?;
    }
    if let Some(subtitle) = &document.subtitle {
        gap.before(out)?;
        writeln!(out, "{}", paragraph(subtitle))?;
    }
    for block in &document.blocks {
        gap.before(out)?;
        match block {
            Block::Section(title) => writeln!(out, "## {}", heading(title))?,
            Block::Text(text) => prose(text, out)?,
            Block::Summary(figures) => summary(figures, out)?,
            Block::Table(listing) => table(listing, out)?,
            Block::Chart(chart) => table(&chart.to_listing(), out)?,
        }
    }
    let facts = document.about.facts().into_iter().map(|(name, fact)| format!("{name}: {}", escape(&fact)));
    gap.before(out)?;
    writeln!(out, "---\n\n{}", facts.collect::<Vec<_>>().join(" · "))
}

/// Writes an empty line between two parts.
#[derive(Default)]
struct Gap {
    begun: bool,
}

impl Gap {
    fn before(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) { writeln!(out) } else { Ok(()) }
    }
}

/// Writes a table of a report; its title is one level below the sections.
fn table(listing: &Listing, out: &mut dyn io::Write) -> io::Result<()> {
    let mut table = Table::from_records(&listing.records, &listing.layout);
    if let Some(title) = table.title.take() {
        writeln!(out, "### {}\n", heading(&title))?;
    }
    write(&table, out)
}

fn prose(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    for (at, part) in parts(text).into_iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        match part {
            MarkupBlock::Paragraph(text) => writeln!(out, "{}", paragraph(&text))?,
            MarkupBlock::List(items) => items.iter().try_for_each(|item| writeln!(out, "- {}", paragraph(item)))?,
        }
    }
    Ok(())
}

/// Escapes a text so that it is read as one paragraph.
pub(super) fn paragraph(text: &str) -> String {
    // Four spaces would begin a block of code, and a line break alone a block of HTML.
    let escaped = escape_trimmed(text);
    let digits = escaped.trim_start_matches(|c: char| c.is_ascii_digit());
    match digits.starts_with(['.', ')']) {
        true => format!("{}\\{digits}", &escaped[..escaped.len() - digits.len()]),
        false if escaped.starts_with(['#', '-', '+', '=', ':']) => format!("\\{escaped}"),
        false => escaped,
    }
}

/// Escapes a text without the white space around it, except characters that are made visible.
fn escape_trimmed(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    escape_lines(text.trim_matches(|c: char| c == '\n' || c.is_whitespace() && !sanitize::is_unsafe(c)))
}

/// Escapes the text of a heading, so that it has no closing sequence or attributes.
fn heading(text: &str) -> String {
    escape(text).replace('#', "\\#").replace('{', "&#123;").replace('}', "&#125;")
}

fn summary(figures: &[Figure], out: &mut dyn io::Write) -> io::Result<()> {
    for figure in figures {
        let severity = figure.severity.map(|severity| format!(" ({severity})")).unwrap_or_default();
        // Asterisks next to white space are text in Markdown.
        let value = match escape_trimmed(&figure.render_value()) {
            value if value.is_empty() => value,
            value => format!(" **{value}**"),
        };
        writeln!(out, "- {}:{value}{severity}", paragraph(&figure.label))?;
    }
    Ok(())
}

pub(super) fn write(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(title) = &table.title {
        writeln!(out, "# {}\n", heading(title))?;
    }
    if table.rows.is_empty() {
        return writeln!(out, "(no records)");
    }
    line(out, table.columns.iter().map(|c| escape(&c.name)))?;
    let rule = |numeric| if numeric { "---:" } else { "---" }.to_owned();
    line(out, table.columns.iter().map(|c| rule(c.numeric)))?;
    for row in &table.rows {
        line(out, row.iter().zip(&table.columns).map(|(v, c)| escape(&cell::in_column(&c.name, v, cell::brief))))?;
    }
    Ok(())
}

fn line(out: &mut dyn io::Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// Escapes a text, so that it contains no tags, no links, no images that a viewer would load, no emphasis and
/// no end of the cell.
pub(super) fn escape(text: &str) -> String {
    escape_lines(&text.replace("\r\n", "\n"))
}

fn escape_lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.trim_end_matches('\n').chars();
    while let Some(c) = rest.next() {
        let inside_a_word = before.is_alphanumeric() && rest.as_str().starts_with(char::is_alphanumeric);
        match c {
            '\n' => escaped.push_str("<br>"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Names such as instance_id need no escape, and are easier to read without it.
            '_' if inside_a_word => escaped.push(c),
            // GitHub makes links of bare addresses.
            ':' if rest.as_str().starts_with("//") => escaped.push_str("\\:"),
            '.' if ends_with_www(&escaped) => escaped.push_str("\\."),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '^' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
        before = c;
    }
    // Last: the characters that `line` inserts are not markup, except the angle brackets of `<U+202E>`.
    sanitize::line(&escaped).replace("<U+", "&lt;U+")
}

fn ends_with_www(text: &str) -> bool {
    text.len().checked_sub(3).and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_eq!(escape("![x](http://h/p.png)"), "!\\[x\\](http\\://h/p.png)");
        assert_eq!(escape("a|b\\|c"), "a\\|b\\\\\\|c");
        assert_eq!(escape("`x` *y* _z_ &amp;"), "\\`x\\` \\*y\\* \\_z\\_ &amp;amp;");
    }

    #[test]
    fn names_stay_readable() {
        assert_eq!(escape("instance_id"), "instance_id");
    }

    #[test]
    fn lines_stay_in_their_cell() {
        assert_eq!(escape("a\r\nb\nc\n"), "a<br>b<br>c");
    }

    #[test]
    fn control_characters_are_visible() {
        assert_eq!(escape("\x1b[2J\u{202e}"), "␛\\[2J&lt;U+202E>");
    }
}
