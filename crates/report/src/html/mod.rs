//! HTML: one file that works offline in any browser. `template.html` is the page, unless the user has another
//! template; this module and its submodules write the content.
//!
//! Data cannot run as code: every text goes through [`escaped`], and the content security policy allows only
//! the page's own script and style, by their hashes. All rows are in the page, so that it can be read,
//! searched and printed without the script. The script shows only some rows at a time, so that tables with
//! tens of thousands of rows stay fast.

mod table;
mod text;

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minijinja::{Environment, Value as Safe, context};
use moonfleet_core::sanitize;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Error;
use super::chart::svg;
use super::document::{Block, Document};

pub(super) use table::plain_table;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
const PAGE: &str = include_str!("template.html");

/// A template of the user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "(String, String)", into = "(String, String)")]
pub struct Template {
    name: Arc<str>,
    source: Arc<str>,
}

impl From<(String, String)> for Template {
    fn from((name, source): (String, String)) -> Self {
        Template { name: name.into(), source: source.into() }
    }
}

impl From<Template> for (String, String) {
    fn from(template: Template) -> Self {
        (template.name.to_string(), template.source.to_string())
    }
}

impl Template {
    /// Reads and checks a template, before the report is made.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let source = std::fs::read_to_string(path)
            .map_err(|cause| Error::TemplateUnreadable { path: path.to_owned(), cause })?;
        // The engine escapes values only in templates with the extension `.html`.
        let template = Template { name: format!("{}.html", path.display()).into(), source: source.into() };
        match Environment::new().template_from_named_str(&template.name, &template.source) {
            Ok(_) => Ok(template),
            Err(e) => Err(Error::Template { path: path.to_owned(), problem: describe_template_error(&e) }),
        }
    }

    fn path(&self) -> PathBuf {
        PathBuf::from(self.name.strip_suffix(".html").unwrap_or(&self.name))
    }
}

pub(super) fn write(document: &Document, out: &mut dyn io::Write) -> io::Result<()> {
    let own = document.template.as_ref();
    let (name, source) = own.map_or(("page.html", PAGE), |template| (&*template.name, &*template.source));
    let facts = document.about.facts();
    let facts: Vec<_> =
        facts.iter().map(|(name, fact)| context! { name => *name, value => sanitize::line(fact) }).collect();
    let page = context! {
        title => sanitize::line(title(document)),
        subtitle => document.subtitle.as_deref().map(sanitize::line),
        facts,
        body => Safe::from_safe_string(body(document)),
        style => Safe::from_safe_string(STYLE.to_owned()),
        script => Safe::from_safe_string(SCRIPT.to_owned()),
        csp => Safe::from_safe_string(policy()),
    };
    let rendered = Environment::new().render_named_str(name, source, page).map_err(|e| {
        let path = own.map_or_else(|| PathBuf::from(name), Template::path);
        io::Error::other(Error::Template { path, problem: describe_template_error(&e) }.to_string())
    })?;
    out.write_all(rendered.as_bytes())?;
    // The engine removes the line break at the end of a template.
    out.write_all(b"\n")
}

/// Returns the title of the page; a table that is alone provides it.
fn title(document: &Document) -> &str {
    let table_title = || document.alone().and_then(|listing| listing.layout.title.as_deref());
    document.title.as_deref().or_else(table_title).unwrap_or("Report")
}

fn body(document: &Document) -> String {
    let alone = document.alone().is_some();
    let mut html = String::new();
    let mut names = document.tables().into_iter().map(|(name, _)| name);
    for block in &document.blocks {
        match block {
            Block::Section(title) => put(&mut html, format_args!("<h2>{}</h2>\n", escaped(title))),
            Block::Text(given) => text::paragraphs(given, &mut html),
            Block::Summary(figures) => text::figures(figures, &mut html),
            Block::Table(listing) => {
                let name = names.next().unwrap_or_default();
                let title = listing.layout.title.as_deref().filter(|_| !alone);
                table::write(listing, &name, title, &mut html);
            }
            Block::Chart(chart) => svg::write(chart, &mut html),
        }
    }
    html
}

/// Returns the content security policy: the page may load and run only its own style and script.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

/// Returns the problem and its line, without an excerpt of the template.
fn describe_template_error(error: &minijinja::Error) -> String {
    match error.line() {
        Some(line) => format!("line {line}: {}", error.detail().unwrap_or(&error.kind().to_string())),
        None => error.to_string(),
    }
}

/// Escapes a text for an element or an attribute, on one line and without control characters.
pub(super) fn escaped(text: &str) -> String {
    escape(&sanitize::line(text))
}

/// Escapes a text of several lines.
pub(super) fn escaped_block(text: &str) -> String {
    escape(&sanitize::block(text))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Not allowed in HTML.
            c if is_noncharacter(c) => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || (c as u32 & 0xFFFE) == 0xFFFE
}

/// Appends to a text, which cannot fail.
pub(super) fn put(html: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = html.write_fmt(text);
}

#[cfg(test)]
mod tests;
