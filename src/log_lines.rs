//! Formats log lines: each message and value stays on one line, without control or bidi characters, so that data
//! cannot forge a line. Log lines contain errors and names of AWS from many places; all are sanitized here.

use std::fmt;
use std::io::{self, Write};

use moonfleet_core::sanitize;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

/// Writes the message, then `name=value` for each field.
pub(crate) fn fields() -> impl for<'writer> FormatFields<'writer> + 'static {
    let field = |writer: &mut Writer<'_>, field: &tracing::field::Field, value: &dyn fmt::Debug| {
        let text = format!("{value:?}");
        let text = sanitize::line(&text);
        match (field.name(), writer.has_ansi_escapes()) {
            ("message", _) => write!(writer, "{text}"),
            (name, false) => write!(writer, "{name}={text}"),
            (name, true) => write!(writer, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m{text}"),
        }
    };
    debug_fn(field).delimited(" ")
}

/// A writer of log lines. Lines of JSON arrive with ASCII control characters escaped, and this writer escapes the
/// others. Lines of text arrive sanitized.
pub(crate) struct LogLines<W>(pub W);

impl<W: Write> Write for LogLines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        match line.starts_with(b"{") {
            true => self.0.write_all(sanitize::json(&text).as_bytes())?,
            false => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
