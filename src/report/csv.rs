//! CSV: rows for a spreadsheet, which must not run them.

use std::borrow::Cow;
use std::io;

use super::{Table, cell};

pub struct Options {
    pub header: bool,
    /// Cells as they are, for a reader that is no spreadsheet.
    pub raw: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { header: true, raw: false }
    }
}

pub fn write(table: &Table, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rows = ::csv::Writer::from_writer(out);
    if options.header && !table.columns.is_empty() {
        let names = table.columns.iter().map(|c| guarded(&c.name, options).into_owned());
        rows.write_record(names)?;
    }
    for row in &table.rows {
        let cells = row.iter().map(|v| guarded(&cell::plain(v), options).into_owned());
        rows.write_record(cells)?;
    }
    rows.flush()
}

/// One cell alone, quoted where it must be.
pub(super) fn cell<'a>(text: &'a str, options: &Options) -> Cow<'a, str> {
    let text = guarded(text, options);
    match text.contains([',', '"', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => text,
    }
}

/// Spreadsheets take a cell that begins like this for a formula, also when it is
/// quoted: OWASP, "CSV injection". An apostrophe in front makes it text.
fn guarded<'a>(text: &'a str, options: &Options) -> Cow<'a, str> {
    let starts = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    match starts && !options.raw && !is_number(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Digits with a sign, a point and an exponent at most: nothing to compute.
fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_text() {
        let options = Options::default();
        for formula in ["=cmd()", "+SUM(A1)", "-2+3", "@x", "\t=1", "\r=1", "\n=1", "＝1", "-", "+49 30"] {
            assert_eq!(guarded(formula, &options), format!("'{formula}"));
        }
    }

    #[test]
    fn numbers_and_other_text_are_left_alone() {
        let options = Options::default();
        for text in ["-5", "+3.2", "-1e9", "5-3", "a=b", "", "-.5"] {
            assert_eq!(guarded(text, &options), text);
        }
        assert_eq!(guarded("=1", &Options { raw: true, ..options }), "=1");
    }

    #[test]
    fn a_single_cell_is_quoted_as_the_writer_does() {
        let options = Options::default();
        assert_eq!(cell("a\"b,c", &options), "\"a\"\"b,c\"");
        assert_eq!(cell("plain", &options), "plain");
    }
}
