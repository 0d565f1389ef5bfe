//! Reports: one model, and one file for each format that it is written in.
//!
//! A report is a [`Document`] of several blocks, or records alone. The caller chooses the content, the
//! output and whether the output is a screen. This crate formats the report, and ensures that no text in
//! it can act on the reader: as markup, as a formula or as a control sequence.

pub mod cell;
pub mod chart;
pub mod columns;
mod compared;
pub mod csv;
pub mod diff;
mod document;
mod error;
mod file;
mod fit;
mod format;
mod group_output;
mod html;
pub mod json;
mod jsonl;
mod layout;
mod markdown;
mod markup;
mod model;
mod name_ranges;
mod render;
mod render_text;
mod screen;
mod severity;
pub mod stream;
mod table;
pub mod volatile;
mod wrap;

pub use document::{About, Block, Document, Figure, Listing};
pub use error::Error;
pub use file::{PendingFile, check_writable, discard_drafts, write_atomically, write_private};
pub use format::Format;
pub use group_output::{MemberOutput, group_output};
pub use html::Template;
pub use layout::{Layout, Style};
pub use model::{Column, Table};
pub use name_ranges::fold;
pub use render::{render, render_with, write_document, write_document_file};
pub use severity::{Severity, UnknownSeverity};

#[cfg(test)]
mod markdown_properties;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
