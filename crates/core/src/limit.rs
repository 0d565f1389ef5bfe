//! A limit as a number or as a percentage: `20` or `10%`.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Count(usize),
    Percent(usize),
}

/// The expected forms, for error messages.
pub const EXPECTED: &str = "a number such as 10, or a percentage such as \"10%\"";

impl Limit {
    /// Returns the limit as a number, for a total of `all`.
    pub fn resolve(self, all: usize) -> usize {
        match self {
            Limit::Count(count) => count,
            Limit::Percent(percent) => all * percent / 100,
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let limit = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|percent| *percent <= 100).map(Limit::Percent),
            None => text.parse().ok().map(Limit::Count),
        };
        limit.ok_or_else(|| format!("expected {EXPECTED}"))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Count(count) => write!(f, "{count}"),
            Limit::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}
