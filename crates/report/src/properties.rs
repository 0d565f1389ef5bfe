//! Property tests: hostile text stays text in every format.

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};
use moonfleet_core::Value;
use moonfleet_core::sanitize;
use proptest::prelude::*;

use super::chart::{Chart, ChartPart, Plot};
use super::*;

/// Returns texts of pieces that are special in some format, and of random characters.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<script>alert(1)</script>".to_owned()),
        Just("</style><img src=x onerror=alert(1)>".to_owned()),
        Just("-->]]></title>".to_owned()),
        Just("=cmd()".to_owned()),
        Just("+1".to_owned()),
        Just("\t@SUM(A1)".to_owned()),
        Just("\x1b]52;c;cm0gLXJm\x07\x1b[2J".to_owned()),
        Just("\u{9b}31m".to_owned()),
        Just("\u{202e}\u{2066}\u{200b}".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\0".to_owned()),
        Just("\"'`|,;\\".to_owned()),
        Just("[a](javascript:alert(1)) ![b](http://x)".to_owned()),
        Just("{{ 7 * 7 }}{% raw %}".to_owned()),
        Just("&lt;&#60;".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// Returns a report with the same text in every place.
fn document(text: &str, field: &str) -> Document {
    let row = Value::Map(
        [("name".to_owned(), text.into()), ("severity".to_owned(), text.into()), (field.to_owned(), text.into())]
            .into_iter()
            .collect(),
    );
    let nested = Value::Map([("nested".to_owned(), Value::List(vec![row.clone()]))].into_iter().collect());
    let layout = Layout { title: Some(text.to_owned()), ..Layout::default() };
    let part = ChartPart { label: text.to_owned(), value: 1.0, severity: None };
    let chart = |plot| Block::Chart(Chart { title: Some(text.to_owned()), unit: Some(text.to_owned()), plot });
    Document {
        title: Some(text.to_owned()),
        subtitle: Some(text.to_owned()),
        about: About { accounts: vec![text.to_owned()], command: Some(text.to_owned()), ..About::default() },
        template: None,
        blocks: vec![
            Block::Section(text.to_owned()),
            Block::Text(format!("x{text}")),
            Block::Summary(vec![Figure { label: text.to_owned(), value: text.into(), severity: None }]),
            chart(Plot::Bar(vec![part.clone()])),
            chart(Plot::Share(vec![part])),
            Block::Table(Listing { records: Value::List(vec![row, nested]), layout, whole: None }),
        ],
    }
}

fn render_document(document: &Document, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    write_document(document, format, style, &mut out).expect("memory has room");
    String::from_utf8(out).expect("it is text")
}

/// Returns the tags that a browser sees, with the names of their attributes.
fn tags(html: &str) -> Vec<String> {
    #[derive(Default)]
    struct Tags(std::cell::RefCell<Vec<String>>);
    impl TokenSink for Tags {
        type Handle = ();
        fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
            if let Token::TagToken(tag) = token {
                let raw = match &*tag.name {
                    "script" => Some(html5ever::tokenizer::states::RawKind::ScriptData),
                    "style" => Some(html5ever::tokenizer::states::RawKind::Rawtext),
                    "title" => Some(html5ever::tokenizer::states::RawKind::Rcdata),
                    _ => None,
                };
                let attributes: Vec<&str> = tag.attrs.iter().map(|attribute| &*attribute.name.local).collect();
                let slash = if tag.kind == TagKind::EndTag { "/" } else { "" };
                self.0.borrow_mut().push(format!("{slash}{} {}", tag.name, attributes.join(" ")));
                // Titles in drawings are ordinary elements.
                if let Some(raw) = raw.filter(|_| tag.kind == TagKind::StartTag && &*tag.name != "title") {
                    return TokenSinkResult::RawData(raw);
                }
            }
            TokenSinkResult::Continue
        }
    }
    let tokenizer = Tokenizer::new(Tags::default(), Default::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.take()
}

/// Removes tags and attributes that depend on the length of a text, because long texts are folded and the ids in them
/// are marked.
fn without_folds(tags: Vec<String>) -> Vec<String> {
    let folds = ["details ", "/details ", "summary ", "/summary ", "pre ", "/pre ", "bdi ", "/bdi "];
    let is_fold = |tag: &String| folds.contains(&tag.as_str());
    let cell = |tag: String| if tag.starts_with("td ") || tag.starts_with("div ") { tag[..3].to_owned() } else { tag };
    tags.into_iter().filter(|tag| !is_fold(tag)).map(cell).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn pages_have_the_same_elements_for_every_text(text in hostile()) {
        let html = render_document(&document(&text, "field"), Format::Html, &Style::default());
        let tame = render_document(&document("tame", "field"), Format::Html, &Style::default());
        // Paragraphs depend on the empty lines in a text.
        let paragraphs = |tags: Vec<String>| -> Vec<String> {
            tags.into_iter().filter(|tag| !["p ", "p class", "/p ", "ul ", "/ul ", "li ", "/li "].contains(&tag.as_str())).collect()
        };
        let (html_tags, tame_tags) = (paragraphs(without_folds(tags(&html))), paragraphs(without_folds(tags(&tame))));
        prop_assert_eq!(html_tags, tame_tags);
        prop_assert!(!html.chars().any(|c| sanitize::is_unsafe(c) && c != '\n' && c != '\t'));
    }

    #[test]
    fn json_is_exact(text in hostile(), field in hostile()) {
        let read: serde_json::Value =
            serde_json::from_str(&render_document(&document(&text, &field), Format::Json, &Style::default())).expect("JSON");
        prop_assert_eq!(&read["title"], &text);
        prop_assert_eq!(&read["blocks"][5]["rows"][0]["name"], &text);
        prop_assert_eq!(&read["blocks"][5]["rows"][0][field.as_str()], &text);
    }

    #[test]
    fn json_lines_have_one_line_per_record(text in hostile()) {
        let lines = render_document(&document(&text, "field"), Format::Jsonl, &Style::default());
        prop_assert_eq!(lines.lines().count(), 2);
        let read: serde_json::Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
        prop_assert_eq!(&read["field"], &text);
    }

    #[test]
    fn csv_is_exact_and_has_no_formulas(text in hostile()) {
        let written = render_document(&document(&text, "field"), Format::Csv, &Style::default());
        let mut rows = ::csv::Reader::from_reader(written.as_bytes());
        let at = rows.headers().expect("names").iter().position(|name| name == "field").expect("the column");
        let row = rows.records().next().expect("a row").expect("a whole row");
        prop_assert!(row[at] == text || row[at] == format!("'{text}"), "{:?}", &row[at]);
        let is_formula = row[at].starts_with(['=', '+', '-', '@', '\t', '\r']);
        prop_assert!(!is_formula || row[at].parse::<f64>().is_ok());
    }

    #[test]
    fn markdown_has_one_line_per_record(text in hostile()) {
        let listing = Listing { records: Value::List(vec![Value::Map(
            [("name".to_owned(), Value::from(text.as_str()))].into_iter().collect())]), ..Listing::default() };
        let markdown = render_document(&Document::from_listing(listing), Format::Md, &Style::default());
        prop_assert_eq!(markdown.lines().count(), 3);
        let whole = render_document(&document(&text, "field"), Format::Md, &Style::default());
        prop_assert!(!whole.contains('<') || whole.replace("<br>", "").find('<').is_none(), "{}", whole);
    }

    #[test]
    fn screens_get_no_control_characters(text in hostile(), width in prop::option::of(0u16..200), color: bool) {
        let style = Style { color, width, terminal: true, advice: None };
        for format in [Format::Table, Format::Csv, Format::Jsonl, Format::Json, Format::Md] {
            let shown = render_document(&document(&text, "field"), format, &style);
            // Removes the escape sequences that the program writes itself.
            let shown = ["\x1b[0m", "\x1b[1m", "\x1b[2m"].iter().fold(shown, |shown, ours| shown.replace(ours, ""));
            let unsafe_ones: Vec<char> = shown.chars().filter(|c| sanitize::is_unsafe(*c) && !matches!(c, '\n' | '\t')).collect();
            prop_assert!(unsafe_ones.is_empty(), "{:?}: {:?}", format, unsafe_ones);
        }
    }
}
