//! Reads Markdown reports with a CommonMark parser: data creates no elements, and its text is unchanged.

use moonfleet_core::{Value, sanitize};
use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag};

use super::chart::{Chart, ChartPart, Plot};
use super::*;

const HOSTILE: &[&str] = &[
    "# ",
    "#",
    "- ",
    "+ ",
    "* ",
    "1. ",
    "1) ",
    "    ",
    "  ",
    " ",
    ">",
    "> ",
    "```",
    "~~~",
    "`",
    "``",
    "---",
    "===",
    "***",
    "_",
    "__",
    "*",
    "**",
    "~",
    "~~",
    "|",
    "||",
    "\\",
    "\\\\",
    "[",
    "]",
    "(",
    ")",
    "[a](http://h)",
    "![a](http://h/p.png)",
    "[a]: http://h",
    "[a]",
    "[^1]",
    "[^1]: x",
    "<http://h>",
    "http://h.example/x",
    "HTTPS://h.example",
    "www.h.example",
    "ftp://h.example",
    "<b>",
    "<!-- ",
    "-->",
    "<br>",
    "&lt;",
    "&#60;",
    "&amp;",
    "$",
    "$$",
    "[ ] ",
    "[x] ",
    ": ",
    ":",
    "!",
    "^",
    "==",
    "[[a]]",
    "[!NOTE]",
    "{#id}",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u{202e}",
    "\u{1b}[2J",
    "a",
    "é",
    "1",
];

/// Returns texts of Markdown syntax, at the start of a line or inside it.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => prop::sample::select(HOSTILE).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Returns all extensions of the parser except typographic quotes and dashes.
fn extensions() -> Options {
    Options::all() - Options::ENABLE_SMART_PUNCTUATION
}

/// Returns the elements that a parser with these extensions finds besides text.
fn elements(markdown: &str) -> Vec<String> {
    Parser::new_ext(markdown, extensions())
        .filter_map(|event| match event {
            // A line break in a cell, which the report itself writes.
            Event::InlineHtml(html) if &*html == "<br>" => None,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => Some("indented code".to_owned()),
            Event::Start(tag) => Some(format!("{tag:?}")),
            Event::Text(_) | Event::End(_) => None,
            other => Some(format!("{other:?}")),
        })
        .collect()
}

/// Returns the visible text, with one space for each run of white space.
fn shown(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, extensions());
    let text: String = events
        .map(|event| match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) => text.into_string(),
            Event::InlineHtml(html) if &*html == "<br>" => "⏎".to_owned(),
            Event::InlineHtml(html) => html.into_string(),
            _ => String::new(),
        })
        .collect();
    words(&text)
}

fn words(text: &str) -> String {
    text.split(|c: char| c == '⏎' || c.is_whitespace()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn markdown(document: &Document) -> String {
    let mut out = Vec::new();
    write_document(document, Format::Md, &Style::default(), &mut out).expect("memory has room");
    String::from_utf8(out).expect("it is text")
}

/// Returns a report with the text in every place that data can reach.
fn document(text: &str) -> Document {
    let row = Value::Map([("name".to_owned(), text.into())].into_iter().collect());
    let column = Value::Map([(format!("n{text}"), Value::Integer(1))].into_iter().collect());
    let table = |records, title: &str| {
        let layout = Layout { title: Some(title.to_owned()), ..Layout::default() };
        Block::Table(Listing { records: Value::List(vec![records]), layout, whole: None })
    };
    let part = ChartPart { label: text.to_owned(), value: 1.0, severity: None };
    Document {
        title: Some(format!("t{text}")),
        subtitle: Some(text.to_owned()),
        about: About { accounts: vec![text.to_owned()], command: Some(text.to_owned()), ..About::default() },
        template: None,
        blocks: vec![
            Block::Section(format!("s{text}")),
            Block::Summary(vec![Figure { label: text.to_owned(), value: text.into(), severity: None }]),
            table(row, text),
            table(column, "columns"),
            Block::Chart(Chart { title: Some(text.to_owned()), unit: None, plot: Plot::Bar(vec![part]) }),
        ],
    }
}

/// Whether the Markdown has bare addresses. GitHub and others link them; this parser does not.
fn bare_links(markdown: &str) -> bool {
    let lower = markdown.to_lowercase();
    ["http://", "https://", "ftp://", "www."].iter().any(|start| lower.contains(start))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn data_does_not_change_the_elements_of_a_report(text in hostile()) {
        let hostile = markdown(&document(&text));
        // An empty subtitle makes no paragraph.
        let tame = markdown(&document(if words(&sanitize::line(&text.replace("\r\n", "\n"))).is_empty() { "" } else { "tame" }));
        prop_assert_eq!(elements(&hostile), elements(&tame), "{}", hostile);
        prop_assert!(!bare_links(&hostile), "{}", hostile);
    }

    #[test]
    fn prose_has_only_paragraphs_and_lists(text in hostile()) {
        let document = Document { blocks: vec![Block::Text(text)], ..Document::default() };
        let markdown = markdown(&document);
        let foreign: Vec<String> = elements(&markdown)
            .into_iter()
            .filter(|element| !["Paragraph", "List(None)", "Item", "Rule"].contains(&element.as_str()))
            .collect();
        prop_assert!(foreign.is_empty(), "{:?} in {}", foreign, markdown);
        prop_assert!(!bare_links(&markdown), "{}", markdown);
    }

    #[test]
    fn a_cell_shows_its_text(text in hostile()) {
        let row = Value::Map([("name".to_owned(), Value::from(format!("x{text}x")))].into_iter().collect());
        let listing = Listing { records: Value::List(vec![row]), ..Listing::default() };
        let markdown = markdown(&Document::from_listing(listing));
        prop_assert_eq!(shown(&markdown), words(&sanitize::line(&format!("namex{text}x").replace("\r\n", "\n"))));
    }

    #[test]
    fn a_single_value_is_one_paragraph(text in hostile()) {
        let mut out = Vec::new();
        render(&Value::from(text.as_str()), Format::Md, &Style::default(), &mut out).expect("memory has room");
        let markdown = String::from_utf8(out).expect("it is text");
        prop_assert!(elements(&markdown).iter().all(|element| element == "Paragraph"), "{}", markdown);
        prop_assert!(elements(&markdown).len() <= 1, "{}", markdown);
        prop_assert!(!bare_links(&markdown), "{}", markdown);
        prop_assert_eq!(shown(&markdown), words(&sanitize::line(&text.replace("\r\n", "\n"))));
    }
}

#[test]
fn only_the_report_makes_headings() {
    let text = markdown(&document("# forged"));
    let levels: Vec<HeadingLevel> = Parser::new(&text)
        .filter_map(|event| match event {
            Event::Start(Tag::Heading { level, .. }) => Some(level),
            _ => None,
        })
        .collect();
    use HeadingLevel::{H1, H2, H3};
    assert_eq!(levels, [H1, H2, H3, H3, H3], "{text}");
}

/// The parser reads these attributes even after a backslash.
#[test]
fn headings_have_no_attributes() {
    for text in ["{ഒ}", "{🌀}", "{#id .class}"] {
        let hostile = markdown(&document(text));
        assert_eq!(elements(&hostile), elements(&markdown(&document("tame"))), "{hostile}");
    }
}
