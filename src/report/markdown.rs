//! Markdown: a table for a page or a message, in which no cell can add markup.

use std::io;

use super::{Table, cell, clean};

pub(super) fn write(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(title) = &table.title {
        writeln!(out, "# {}\n", escape(title))?;
    }
    if table.rows.is_empty() {
        return writeln!(out, "(no records)");
    }
    line(out, table.columns.iter().map(|c| escape(&c.name)))?;
    let rule = |numeric| if numeric { "---:" } else { "---" }.to_owned();
    line(out, table.columns.iter().map(|c| rule(c.numeric)))?;
    for row in &table.rows {
        line(out, row.iter().map(|v| escape(&cell::brief(v))))?;
    }
    Ok(())
}

fn line(out: &mut dyn io::Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// Text that reads as itself: no tags, no links, no pictures that a viewer would
/// fetch, no emphasis, and no end of the cell.
pub(super) fn escape(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.trim_end_matches('\n').chars().peekable();
    while let Some(c) = rest.next() {
        let inside_a_word = before.is_alphanumeric() && rest.peek().is_some_and(|n| n.is_alphanumeric());
        match c {
            '\n' => escaped.push_str("<br>"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Names like instance_id need no escape, and read better without it.
            '_' if inside_a_word => escaped.push(c),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
        before = c;
    }
    // Last, and harmless to the above: no sign that it puts in is markup, apart
    // from the angle brackets of a character's number.
    clean::line(&escaped).replace("<U+", "&lt;U+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(escape("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_eq!(escape("![x](http://h/p.png)"), "!\\[x\\](http://h/p.png)");
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
