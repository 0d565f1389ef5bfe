//! How a report looks: the place where it is shown, and what a caller wishes.

/// What is known about the place where a report is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub color: bool,
    /// Columns of the screen; without it nothing is wrapped or left out.
    pub width: Option<u16>,
    /// A screen obeys what it is sent, so control characters are made visible in
    /// every format. Text that goes elsewhere stays as it is where the format
    /// promises that.
    pub terminal: bool,
}

impl Style {
    /// A screen may have been made wider since.
    pub fn now(self) -> Self {
        let width = self.width.and_then(|_| terminal_size::terminal_size()).map(|(width, _)| width.0);
        Style { width: width.or(self.width), ..self }
    }
}

/// What a caller wishes a report to look like, whatever its format.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub title: Option<String>,
    /// The columns, in order; a dotted name reaches into nested values. Without
    /// them every column there is, the telling ones first.
    pub columns: Option<Vec<String>>,
    /// Those that do not fit a screen may be left out: nobody has asked for just these.
    pub may_drop: bool,
    /// How to see columns that a screen has no room for, where there is a shorter way.
    pub advice: Option<&'static str>,
}

/// Makes visible what a terminal would obey, where the report goes to one.
pub(crate) fn screened(text: Vec<u8>, style: &Style) -> Vec<u8> {
    if !style.terminal {
        return text;
    }
    moonfleet_core::sanitize::block(&String::from_utf8_lossy(&text)).into_owned().into_bytes()
}
