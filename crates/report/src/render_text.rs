//! A whole report as text, for a screen or a log.

use std::io;

use moonfleet_core::sanitize;
use unicode_width::UnicodeWidthStr;

use super::chart::screen as chart;
use super::document::{Block, Document, Figure};
use super::severity::painted;
use super::{Format, Style, render_with};
use crate::markup::{MarkupBlock, parts};
use crate::wrap::wrap;

/// The maximum width of paragraphs: longer lines are hard to read.
const MAX_WIDTH: usize = 100;

pub(super) fn write(document: &Document, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut has_content = false;
    if let Some(title) = &document.title {
        heading(title, '═', style, out)?;
        has_content = true;
    }
    if let Some(subtitle) = &document.subtitle {
        writeln!(out, "{}", sanitize::line(subtitle))?;
        has_content = true;
    }
    for block in &document.blocks {
        if has_content {
            writeln!(out)?;
        }
        has_content = true;
        match block {
            Block::Section(title) => heading(title, '─', style, out)?,
            Block::Text(text) => prose(text, style, out)?,
            Block::Summary(figures) => summary(figures, style, out)?,
            Block::Table(listing) => render_with(&listing.records, &listing.layout, Format::Table, style, out)?,
            Block::Chart(one) => chart::write(one, style, out)?,
        }
    }
    Ok(())
}

fn heading(title: &str, line: char, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let title = sanitize::line(title);
    let room = style.width.map_or(title.width(), |width| title.width().min(width.into()));
    let under = line.to_string().repeat(room);
    match style.color {
        true => writeln!(out, "\x1b[1m{title}\x1b[0m\n{under}"),
        false => writeln!(out, "{title}\n{under}"),
    }
}

fn prose(text: &str, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let width = style.width.map_or(MAX_WIDTH, usize::from).clamp(1, MAX_WIDTH);
    let lines = |text: &str, first: &str, next: &str, out: &mut dyn io::Write| {
        wrap(&sanitize::line(text), width, first, next).iter().try_for_each(|line| writeln!(out, "{line}"))
    };
    for (at, part) in parts(text).into_iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        match part {
            MarkupBlock::Paragraph(text) => lines(&text, "", "", out)?,
            MarkupBlock::List(items) => items.iter().try_for_each(|item| lines(item, "- ", "  ", out))?,
        }
    }
    Ok(())
}

/// Writes a line for each key figure, with the values aligned.
fn summary(figures: &[Figure], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let values: Vec<String> =
        figures.iter().map(|figure| sanitize::line(&figure.render_value()).into_owned()).collect();
    let room = values.iter().map(|value| value.width()).max().unwrap_or(0);
    for (figure, value) in figures.iter().zip(&values) {
        let gap = " ".repeat(room - value.width());
        let value = painted(value, figure.severity, style.color);
        // The severity is written too, since colours can be off or hard to see, unless the label is its name.
        let severity = figure.severity.filter(|severity| severity.to_string() != figure.label);
        let severity = severity.map(|severity| format!(" ({severity})")).unwrap_or_default();
        writeln!(out, "{gap}{value}  {}{severity}", sanitize::line(&figure.label))?;
    }
    Ok(())
}
