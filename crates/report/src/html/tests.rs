//! The structure of HTML pages.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use moonfleet_core::{Map, Value};

use super::*;
use crate::Listing;

fn page(document: &Document) -> String {
    let mut out = Vec::new();
    write(document, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn records(rows: Vec<Value>) -> Document {
    Document::from_listing(Listing { records: Value::List(rows), ..Listing::default() })
}

fn row(fields: &[(&str, Value)]) -> Value {
    Value::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Map>())
}

#[test]
fn the_page_allows_only_its_own_script_and_style() {
    let html = page(&records(Vec::new()));
    for (element, text) in [("style", STYLE), ("script", SCRIPT)] {
        assert!(html.contains(&format!("<{element}>{text}</{element}>")));
        let hash = BASE64_STANDARD.encode(Sha256::digest(text));
        assert!(html.contains(&format!("{element}-src 'sha256-{hash}'")), "{element}");
        assert!(!text.contains("http") && !text.contains("</") && !text.contains("url("), "{element}");
    }
    assert!(html.contains("content=\"default-src 'none';"));
    assert!(!html.contains(" style=") && !html.contains(" onclick="));
}

#[test]
fn nested_and_long_values_are_folded() {
    let nested = Value::List(vec![row(&[("a", "<b>".into())])]);
    let long = "x".repeat(LONGER);
    let html = page(&records(vec![row(&[("nested", nested), ("long", long.as_str().into())])]));
    assert!(html.contains("<details><summary>[1 item]</summary><pre>[{&quot;a&quot;:&quot;&lt;b&gt;&quot;}]</pre>"));
    assert!(html.contains(&format!("<summary>{}…</summary><pre>{long}</pre>", "x".repeat(80))));
}

const LONGER: usize = 400;

#[test]
fn all_rows_are_in_the_page() {
    let html = page(&records((0..1000).map(|n| row(&[("n", Value::Integer(n))])).collect()));
    assert_eq!(html.matches("<tr><td").count(), 1000);
    assert_eq!(html.matches("<tbody").count(), 2);
    assert!(html.contains("<th scope=\"col\" class=\"number\">n</th>"));
}

#[test]
fn ages_are_shown_for_readers_and_sorted_by_their_seconds() {
    let html = page(&records(vec![row(&[("age", Value::Integer(259_200))])]));
    assert!(html.contains("<td class=\"number\" data-value=\"259200\">3 d</td>"), "{html}");
}

#[test]
fn severities_are_marked() {
    let html = page(&records(vec![row(&[("severity", "high".into())]), row(&[("severity", "x\"y".into())])]));
    assert!(html.contains("<span class=\"badge high\">high</span>") && html.contains("<td>x&quot;y</td>"));
}

#[test]
fn templates_of_users_escape_values() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.jinja");
    std::fs::write(&file, "<h1>{{ title }}</h1>{% for fact in facts %}[{{ fact.name }}]{% endfor %}{{ body }}")
        .unwrap();
    let template = Template::read(&file).unwrap();
    let document = Document { title: Some("<x>".to_owned()), template: Some(template), ..records(vec!["y".into()]) };
    let html = page(&document);
    assert!(html.starts_with("<h1>&lt;x&gt;</h1>[Version]<section"), "{html}");

    std::fs::write(&file, "\n{% if %}").unwrap();
    let problem = Template::read(&file).unwrap_err().to_string();
    assert!(problem.contains("own.jinja is invalid: line 2: "), "{problem}");
    assert!(
        Template::read(&folder.path().join("absent")).unwrap_err().to_string().contains("cannot read the template")
    );
}
