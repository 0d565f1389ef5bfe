//! Tables with all their rows. The script of the page adds sorting and search.

use moonfleet_core::Value;

use super::{escaped, escaped_block, put};
use crate::severity;
use crate::severity::Severity;
use crate::{Column, Listing, Table, cell};

/// The number of rows that are shown first; the script shows more when the reader scrolls. The other rows are
/// hidden until it runs, so that the page appears immediately.
const FIRST_ROWS: usize = 200;
/// The length in characters from which a value is folded, because it would push the rest of its row out of sight.
const MAX_UNFOLDED: usize = 300;
/// The length in characters from which a value may be wrapped.
const MAX_UNWRAPPED: usize = 32;
/// The maximum length of an id or ARN in bytes.
const MAX_ID: usize = 120;
/// The number of characters of a folded value that are visible.
const VISIBLE_CHARS: usize = 80;

pub(super) fn write(listing: &Listing, name: &str, title: Option<&str>, html: &mut String) {
    let table = Table::from_records(&listing.records, &listing.layout);
    html.push_str("<section class=\"records\">\n");
    if let Some(title) = title {
        put(html, format_args!("<h3>{}</h3>\n", escaped(title)));
    }
    if table.rows.is_empty() {
        html.push_str("<p class=\"none\">(no records)</p>\n</section>\n");
        return;
    }
    let name = escaped(name);
    put(html, format_args!("<div class=\"scroll\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">\n"));
    put(html, format_args!("<table>\n<caption>{name}</caption>\n"));
    head(&table, html);
    let (first, rest) = table.rows.split_at(table.rows.len().min(FIRST_ROWS));
    rows(first, &table.columns, "<tbody>", html);
    if !rest.is_empty() {
        rows(rest, &table.columns, "<tbody class=\"rest\">", html);
    }
    html.push_str("</table>\n</div>\n</section>\n");
}

/// Writes a table without sorting and search, for the numbers of a chart.
pub(crate) fn plain_table(listing: &Listing, html: &mut String) {
    let table = Table::from_records(&listing.records, &listing.layout);
    html.push_str("<div class=\"scroll\"><table>\n");
    head(&table, html);
    rows(&table.rows, &table.columns, "<tbody>", html);
    html.push_str("</table></div>\n");
}

fn head(table: &Table, html: &mut String) {
    html.push_str("<thead><tr>");
    for column in &table.columns {
        let class = if column.numeric { " class=\"number\"" } else { "" };
        put(html, format_args!("<th scope=\"col\"{class}>{}</th>", escaped(&column.name)));
    }
    html.push_str("</tr></thead>\n");
}

fn rows(rows: &[Vec<Value>], columns: &[Column], begin: &str, html: &mut String) {
    html.push_str(begin);
    for row in rows {
        html.push_str("<tr>");
        for (value, column) in row.iter().zip(columns) {
            one(value, column, html);
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n");
}

fn one(value: &Value, column: &Column, html: &mut String) {
    if let Some(severity) = Severity::from_value(value).filter(|_| column.name == severity::COLUMN) {
        put(html, format_args!("<td><span class=\"badge {severity}\">{severity}</span></td>"));
        return;
    }
    let shown = cell::in_column(&column.name, value, cell::render);
    match class(value, column) {
        // The script sorts by the number.
        Some("number") if shown != cell::render(value) => {
            put(html, format_args!("<td class=\"number\" data-value=\"{}\">", cell::plain(value)));
        }
        Some(class) => put(html, format_args!("<td class=\"{class}\">")),
        None => html.push_str("<td>"),
    }
    content(value, &shown, html);
    html.push_str("</td>");
}

fn class(value: &Value, column: &Column) -> Option<&'static str> {
    if column.numeric {
        return Some("number");
    }
    let is_id = column.name.ends_with("_id") || column.name.ends_with("arn") || column.name == "id";
    match value {
        Value::Time(_) => Some("id"),
        Value::String(_) if is_id => Some("id"),
        // Sentences are wrapped; words are not.
        _ if cell::render(value).chars().count() > MAX_UNWRAPPED => Some("text"),
        _ => None,
    }
}

/// Escapes a text. Browsers break lines after hyphens and slashes, but not inside of ids and ARNs, which are marked.
fn unbroken_words(text: &str) -> String {
    let word = |word: &str| match is_id(word) {
        true => format!("<bdi>{}</bdi>", escaped_block(word)),
        false => escaped_block(word),
    };
    if text.chars().count() <= MAX_UNWRAPPED {
        return escaped_block(text);
    }
    text.split_inclusive(char::is_whitespace).map(word).collect()
}

/// Whether a word can be an id, an ARN or a numbered name. Longer words than ARNs of AWS are broken.
fn is_id(word: &str) -> bool {
    let has = |wanted: fn(char) -> bool| word.contains(wanted);
    word.len() <= MAX_ID && has(|c| "-/:".contains(c)) && has(|c| c.is_ascii_digit())
}

/// Writes the summary of a value; if it is not complete, also the whole value, folded.
fn content(value: &Value, shown: &str, html: &mut String) {
    let brief = shown.trim_end_matches(['\r', '\n']);
    let is_summary = match value {
        Value::List(items) => !items.iter().all(cell::is_scalar),
        Value::Map(map) => !map.0.iter().all(|(_, value)| cell::is_scalar(value)),
        _ => false,
    };
    let whole = match is_summary {
        true => cell::plain(value),
        false if brief.chars().count() > MAX_UNFOLDED => brief.into(),
        false => return html.push_str(&unbroken_words(brief)),
    };
    let visible: String = brief.chars().take(VISIBLE_CHARS).collect();
    let more = if visible.len() < brief.len() { "…" } else { "" };
    let (visible, whole) = (escaped(&visible), escaped_block(&whole));
    put(html, format_args!("<details><summary>{visible}{more}</summary><pre>{whole}</pre></details>"));
}
