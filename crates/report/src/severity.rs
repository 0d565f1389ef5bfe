//! How much something matters: one scale for findings, key figures and charts, in one colour each.

use std::fmt;
use std::str::FromStr;

use moonfleet_core::Value;
use moonfleet_core::suggest::nearest;

/// The worst first, so that the lesser sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
    /// Not a finding's: a key figure that is as it should be.
    Ok,
}

/// The column whose cells are coloured.
pub(crate) const COLUMN: &str = "severity";

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("there is no severity `{given}`; {advice}")]
pub struct UnknownSeverity {
    given: String,
    advice: String,
}

impl Severity {
    pub const ALL: [Severity; 6] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info, Severity::Ok];

    pub fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
            Severity::Ok => "ok",
        }
    }

    /// What a cell says, where it is one of these words.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The colour on a screen, as the number of an SGR sequence.
    pub(super) fn sgr(self) -> &'static str {
        match self {
            Severity::Critical => "1;31",
            Severity::High => "31",
            Severity::Medium => "33",
            Severity::Low => "36",
            Severity::Info => "2",
            Severity::Ok => "32",
        }
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, UnknownSeverity> {
        let known = Severity::ALL.into_iter().find(|severity| severity.name() == text);
        known.ok_or_else(|| UnknownSeverity {
            given: moonfleet_core::sanitize::line(text).into_owned(),
            advice: match nearest(text, Severity::ALL.map(Severity::name)) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known are {}", Severity::ALL.map(Severity::name).join(", ")),
            },
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text in the severity's colour, where there is one and the place has colours.
pub(super) fn painted(text: &str, severity: Option<Severity>, color: bool) -> String {
    match severity.filter(|_| color) {
        Some(severity) => format!("\x1b[{}m{text}\x1b[0m", severity.sgr()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_sorts_first_and_a_mistake_is_named() {
        assert!(Severity::Critical < Severity::High && Severity::Info < Severity::Ok);
        assert_eq!("high".parse(), Ok(Severity::High));
        let unknown = "hihg".parse::<Severity>().unwrap_err().to_string();
        assert_eq!(unknown, "there is no severity `hihg`; did you mean `high`?");
        assert_eq!(Severity::from_value(&"High".into()), None);
    }
}
