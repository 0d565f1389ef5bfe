//! Paragraphs and key figures.

use super::{escaped, put};
use crate::document::Figure;
use crate::markup::{MarkupBlock, parts};

pub(super) fn paragraphs(text: &str, html: &mut String) {
    for part in parts(text) {
        match part {
            MarkupBlock::Paragraph(text) => put(html, format_args!("<p>{}</p>\n", escaped(&text))),
            MarkupBlock::List(items) => {
                html.push_str("<ul>\n");
                for item in items {
                    put(html, format_args!("<li>{}</li>\n", escaped(&item)));
                }
                html.push_str("</ul>\n");
            }
        }
    }
}

/// The length in characters from which the value of a key figure is written smaller.
const MAX_LARGE: usize = 7;

pub(super) fn figures(figures: &[Figure], html: &mut String) {
    html.push_str("<dl class=\"figures\">\n");
    for figure in figures {
        let shown = figure.render_value();
        let long = if shown.chars().count() > MAX_LARGE { " long" } else { "" };
        let class = figure.severity.map(|severity| format!(" {severity}")).unwrap_or_default() + long;
        let (label, value) = (escaped(&figure.label), escaped(&shown));
        put(html, format_args!("<div class=\"figure{class}\"><dt>{label}</dt><dd>{value}</dd></div>\n"));
    }
    html.push_str("</dl>\n");
}
