//! The look of a report: the properties of the output, and the choices of the caller.

use serde::{Deserialize, Serialize};

/// The properties of the output of a report.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Style {
    pub color: bool,
    /// The width of the screen in columns. Without it nothing is wrapped or left out.
    pub width: Option<u16>,
    /// Whether the output is a terminal, which obeys control characters: they are then made visible in
    /// every format. Other outputs get the text unchanged if the format is exact.
    pub terminal: bool,
    /// How to see columns that the screen leaves out; none for the advice of a command line.
    #[serde(skip)]
    pub advice: Option<&'static str>,
}

impl Style {
    /// Returns the style with the current width of the screen, which can have changed.
    pub fn now(self) -> Self {
        let width = self.width.and_then(|_| terminal_size::terminal_size()).map(|(width, _)| width.0);
        Style { width: width.or(self.width), ..self }
    }
}

/// The choices of the caller, for all formats.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Layout {
    pub title: Option<String>,
    /// The columns, in order. A dotted name is a nested field. Without a choice, all columns, the most
    /// important ones first.
    pub columns: Option<Vec<String>>,
    /// Whether the columns are only a suggestion, because the user did not choose them.
    pub may_drop: bool,
}

/// Makes control characters visible if the output is a terminal.
pub(crate) fn screened(text: Vec<u8>, style: &Style) -> Vec<u8> {
    if !style.terminal {
        return text;
    }
    moonfleet_core::sanitize::block(&String::from_utf8_lossy(&text)).into_owned().into_bytes()
}
