//! The severity of findings, key figures and parts of charts, with a colour for each.

use std::fmt;
use std::str::FromStr;

use moonfleet_core::Value;
use moonfleet_core::suggest::nearest;
use serde::{Deserialize, Serialize};

/// The worst one is the first, so that it also sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
    /// Only for key figures and charts, not for findings.
    Ok,
}

/// The column whose cells are coloured.
pub(crate) const COLUMN: &str = "severity";

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("unknown severity `{name}`; {advice}")]
pub struct UnknownSeverity {
    name: String,
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

    /// Returns the severity if the value is the name of one.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns the colour on a screen, as the parameters of an SGR escape sequence.
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
            name: moonfleet_core::sanitize::line(text).into_owned(),
            advice: match nearest(text, Severity::ALL.map(Severity::name)) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known severities: {}", Severity::ALL.map(Severity::name).join(", ")),
            },
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Returns the text in the colour of the severity, if there is one and colours are used.
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
    fn severities_are_ordered_and_unknown_ones_are_errors() {
        assert!(Severity::Critical < Severity::High && Severity::Info < Severity::Ok);
        assert_eq!("high".parse(), Ok(Severity::High));
        let unknown = "hihg".parse::<Severity>().unwrap_err().to_string();
        assert_eq!(unknown, "unknown severity `hihg`; did you mean `high`?");
        assert_eq!(Severity::from_value(&"High".into()), None);
    }
}
