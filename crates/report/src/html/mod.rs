//! HTML: one file that opens anywhere, offline. `template.html` is the page, and can be another
//! that the user has; what stands on it is written here and in the files beside.
//!
//! Nothing in the data can run: every text goes through [`escaped`], and the page allows, by their
//! hashes, no script and no style but its own. All rows are in the page itself, so that it can be
//! read, searched and printed without its script; with it, a table shows as many rows as a
//! person looks at, which keeps tens of thousands of them quick.

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
use sha2::{Digest, Sha256};

use super::Error;
use super::chart::svg;
use super::document::{Block, Document};

pub(super) use table::plain_table;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
const PAGE: &str = include_str!("template.html");

/// A page of the user's own.
#[derive(Clone, Debug)]
pub struct Template {
    name: Arc<str>,
    source: Arc<str>,
}

impl Template {
    /// Reads it, and finds out whether it can be understood, before a report is gathered for it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let source = std::fs::read_to_string(path)
            .map_err(|cause| Error::TemplateUnreadable { path: path.to_owned(), cause })?;
        // The engine escapes in what it takes for HTML, and that it does by the name.
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
    // The engine leaves out the one at a template's end.
    out.write_all(b"\n")
}

/// The title of a page: a table that stands alone gives its own.
fn title(document: &Document) -> &str {
    let of_table = || document.alone().and_then(|listing| listing.layout.title.as_deref());
    document.title.as_deref().or_else(of_table).unwrap_or("Report")
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

/// What the page may load and run: what it holds itself.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

/// The problem and its line, without a listing of the template.
fn describe_template_error(error: &minijinja::Error) -> String {
    match error.line() {
        Some(line) => format!("line {line}: {}", error.detail().unwrap_or(&error.kind().to_string())),
        None => error.to_string(),
    }
}

/// Text that stands as it is, in an element or an attribute: one line, and nothing in it acts.
pub(super) fn escaped(text: &str) -> String {
    escape(&sanitize::line(text))
}

/// The same for text of several lines.
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
            // Of no meaning to HTML, and not allowed in it.
            c if is_noncharacter(c) => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || (c as u32 & 0xFFFE) == 0xFFFE
}

/// Adds to a text, which cannot fail.
pub(super) fn put(html: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = html.write_fmt(what);
}

#[cfg(test)]
mod tests;
