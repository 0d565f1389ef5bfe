//! Writes the same hostile record in every format.

use std::path::Path;

use clap::ValueEnum as _;
use moonfleet_core::sanitize;
use moonfleet_core::{Map, Value};

use super::*;

const HOSTILE: &[&str] = &[
    "\x1b[31mred",
    "\x1b]52;c;cm0gLXJm\x07",
    "\u{9b}2J",
    "=cmd()",
    "<script>alert(1)</script>",
    "say \"hi\", 'you'",
    "two\nlines",
    "a|b\\",
    "ab\u{202e}dc",
];

fn hostile() -> Value {
    let fields = HOSTILE.iter().enumerate().map(|(n, text)| (format!("c{n}"), Value::from(*text)));
    Value::List(vec![Value::Map(fields.collect())])
}

fn rendered(value: &Value, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    render(value, format, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn off_screen(value: &Value, format: Format) -> String {
    rendered(value, format, &Style::default())
}

#[test]
fn no_format_writes_control_characters_to_a_screen() {
    let style = Style { terminal: true, ..Style::default() };
    for format in Format::value_variants() {
        let text = rendered(&hostile(), *format, &style);
        assert!(!text.chars().any(|c| sanitize::is_unsafe(c) && c != '\n'), "{format:?}: {text:?}");
    }
}

#[test]
fn json_is_exact() {
    let text = off_screen(&hostile(), Format::Json);
    assert!(text.ends_with("\n]\n"));
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (n, original) in HOSTILE.iter().enumerate() {
        assert_eq!(read[0][format!("c{n}")], *original);
    }
}

#[test]
fn csv_is_exact_except_for_formulas() {
    let text = off_screen(&hostile(), Format::Csv);
    let mut read = ::csv::Reader::from_reader(text.as_bytes());
    let row = read.records().next().unwrap().unwrap();
    for (n, original) in HOSTILE.iter().enumerate() {
        let expected = if *original == "=cmd()" { "'=cmd()" } else { original };
        assert_eq!(&row[n], expected);
    }
}

#[test]
fn markdown_has_three_lines_and_no_markup() {
    let text = off_screen(&hostile(), Format::Md);
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(!text.contains("<script") && text.contains("two<br>lines") && text.contains(r"a\|b\\"));
}

#[test]
fn tables_have_one_line_per_record() {
    let text = off_screen(&hostile(), Format::Table);
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("two⏎lines"));
}

#[test]
fn scalars_are_shown_plainly() {
    let text = Value::from("a\x1b\nb");
    assert_eq!(off_screen(&text, Format::Table), "a\x1b\nb\n");
    let screen = Style { terminal: true, ..Style::default() };
    assert_eq!(rendered(&text, Format::Table, &screen), "a␛\nb\n");
    assert_eq!(off_screen(&text, Format::Json), "\"a\\u001b\\nb\"\n");
    assert_eq!(off_screen(&"=x".into(), Format::Csv), "'=x\n");
    assert_eq!(off_screen(&"<b>".into(), Format::Md), "&lt;b&gt;\n");
    assert_eq!(off_screen(&Value::Integer(3), Format::Table), "3\n");
}

#[test]
fn bytes_that_are_not_text_are_base64_in_json() {
    let value = Value::List(vec![Value::Bytes(b"ok\xff".to_vec()), Value::Float(f64::NAN)]);
    assert_eq!(off_screen(&value, Format::Json), "[\n  \"b2v/\",\n  null\n]\n");
    assert!(off_screen(&value, Format::Csv).contains("ok\u{fffd}"));
}

#[test]
fn raw_bytes_are_written_unchanged() {
    let mut out = Vec::new();
    render(&Value::Bytes(b"\xff\x00".to_vec()), Format::Table, &Style::default(), &mut out).unwrap();
    assert_eq!(out, b"\xff\x00\n");
}

#[test]
fn empty_values_are_valid_in_every_format() {
    let (list, map) = (Value::List(Vec::new()), Value::Map(Map::default()));
    assert_eq!(off_screen(&list, Format::Json), "[]\n");
    assert_eq!(off_screen(&map, Format::Json), "{}\n");
    assert_eq!(off_screen(&list, Format::Csv), "");
    assert_eq!(off_screen(&list, Format::Md), "(no records)\n");
    assert_eq!(off_screen(&map, Format::Table), "(no records)\n");
}

#[test]
fn only_chosen_columns_are_written_in_every_format() {
    let record = [("keep".to_owned(), Value::Integer(1)), ("secret".to_owned(), "hush".into())];
    let records = Value::List(vec![Value::Map(record.into_iter().collect())]);
    let layout = Layout { columns: Some(vec!["keep".to_owned()]), ..Layout::default() };
    for format in Format::value_variants() {
        let mut out = Vec::new();
        render_with(&records, &layout, *format, &Style::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("keep") && !text.contains("hush"), "{format:?}: {text}");
    }
}

#[test]
fn formats_are_found_by_name_and_by_extension() {
    assert_eq!("MarkDown".parse::<Format>().unwrap(), Format::Md);
    let unknown = "xml\x1b".parse::<Format>().unwrap_err().to_string();
    assert_eq!(unknown, "unknown report format `xml␛`; known formats: table, json, jsonl, csv, md, html");
    assert_eq!(Format::from_path(Path::new("a/b.JSON")).unwrap(), Format::Json);
    assert!(Format::from_path(Path::new("a/b.table")).is_err());
    assert!(Format::from_path(Path::new(".csv")).is_err());
}

/// A report with two tables and one block of every other kind.
fn whole_report() -> Document {
    let row = |name: &str, field: &str| {
        let fields = [("name".to_owned(), name.into()), (field.to_owned(), Value::Integer(8))];
        Value::Map(fields.into_iter().collect())
    };
    let table = |title: &str, rows: Vec<Value>| {
        let layout = Layout { title: Some(title.to_owned()), ..Layout::default() };
        Block::Table(Listing { records: Value::List(rows), layout, whole: None })
    };
    let parts = chart::read("bar", &Value::Map([("web".to_owned(), Value::Integer(2))].into_iter().collect()), None);
    Document {
        title: Some("Daily".to_owned()),
        subtitle: Some("Two things".to_owned()),
        blocks: vec![
            Block::Summary(vec![Figure {
                label: "volumes".to_owned(),
                value: Value::Integer(2),
                severity: Some(Severity::High),
            }]),
            Block::Section("Storage".to_owned()),
            Block::Text("# one\n\n- two".to_owned()),
            Block::Chart(chart::Chart { title: Some("Sizes".to_owned()), unit: None, plot: parts.unwrap() }),
            table("Volumes", vec![row("=one", "size"), row("two", "size")]),
            table("Images", vec![row("three", "table"), "odd".into()]),
        ],
        ..Document::default()
    }
}

fn render_document(document: &Document, format: Format) -> String {
    let mut out = Vec::new();
    write_document(document, format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn reports_keep_the_order_of_blocks_as_text() {
    assert_eq!(
        render_document(&whole_report(), Format::Table),
        "Daily\n═════\nTwo things\n\n2  volumes (high)\n\nStorage\n───────\n\n# one\n\n- two\n\n\
         Sizes\n\nweb  ████████████████████████████████████████████████████████████████████████ 2\n\n\
         Volumes\n\nname  size\n───────────\n=one     8\ntwo      8\n\n\
         Images\n\nname   value  table\n────────────────────\nthree             8\n       odd\n"
    );
}

#[test]
fn reports_keep_the_order_of_blocks_as_markdown() {
    let text = render_document(&whole_report(), Format::Md);
    assert!(text.starts_with(
        "# Daily\n\nTwo things\n\n- volumes: **2** (high)\n\n## Storage\n\n\\# one\n\n- two\n\n### Sizes\n"
    ));
    assert!(text.contains("| label | value |\n| --- | ---: |\n| web | 2 |\n\n### Volumes\n"), "{text}");
    assert!(text.contains("\n---\n\nVersion: moonfleet "), "{text}");
}

#[test]
fn csv_and_json_lines_have_the_records_of_all_tables() {
    let document = whole_report();
    assert_eq!(
        render_document(&document, Format::Csv),
        "_table,name,size,value,table\nVolumes,'=one,8,,\nVolumes,two,8,,\nImages,three,,,8\nImages,,,odd,\n"
    );
    assert_eq!(
        render_document(&document, Format::Jsonl),
        "{\"_table\":\"Volumes\",\"name\":\"=one\",\"size\":8}\n{\"_table\":\"Volumes\",\"name\":\"two\",\"size\":8}\n\
         {\"_table\":\"Images\",\"name\":\"three\",\"table\":8}\n{\"_table\":\"Images\",\"value\":\"odd\"}\n"
    );
}

#[test]
fn json_has_all_blocks() {
    let read: serde_json::Value = serde_json::from_str(&render_document(&whole_report(), Format::Json)).unwrap();
    assert_eq!(read["title"], "Daily");
    let kinds: Vec<_> =
        read["blocks"].as_array().unwrap().iter().map(|block| block["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["summary", "section", "text", "chart", "table", "table"]);
    assert_eq!(read["blocks"][4]["name"], "Volumes");
    assert_eq!(read["blocks"][5]["rows"][1], "odd");
    assert_eq!(read["blocks"][3]["data"][0]["value"], 2);
}

#[test]
fn json_lines_have_one_record_per_line() {
    let rows = Value::List(vec!["a\nb".into(), Value::Map(Map::default())]);
    assert_eq!(off_screen(&rows, Format::Jsonl), "\"a\\nb\"\n{}\n");
    assert_eq!(off_screen(&Value::List(Vec::new()), Format::Jsonl), "");
}

#[test]
fn files_have_the_format_of_their_extension() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.md");
    let layout = Layout { title: Some("A *title*".to_owned()), ..Layout::default() };
    let listing = Listing { records: Value::List(vec!["x".into()]), layout, whole: None };
    write_document_file(&path, &Document::from_listing(listing)).unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "# A \\*title\\*\n\n| value |\n| --- |\n| x |\n");
}
