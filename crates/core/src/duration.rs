//! Durations as people write them: `90s`, `5m`, `1h30m`, `7d`. The text is read by jiff, so
//! `5 minutes` and ISO 8601's `PT5M` are durations as well.

use std::time::Duration;

use jiff::fmt::friendly::SpanParser;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::sanitize;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DurationError {
    #[error("`{text}` is not a duration: {problem}; write \"90s\", \"5m\", \"1h30m\" or \"7d\"")]
    Text { text: String, problem: String },
    #[error("{seconds} is not a duration; write seconds from 0, or text such as \"5m\"")]
    Number { seconds: String },
    #[error("a duration is text such as \"5m\", or seconds, not a {kind}")]
    Kind { kind: &'static str },
}

/// Reads a duration. A day has 24 hours, and a week seven days; months and years have no fixed
/// length and are refused.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let failed = |problem: String| {
        let problem = sanitize::line(&problem).into_owned();
        DurationError::Text { text: sanitize::line(text).into_owned(), problem }
    };
    let text = text.trim();
    let span = match text.strip_prefix('P') {
        Some(_) => text.parse::<Span>(),
        None => SpanParser::new().parse_span(text),
    };
    let span = span.map_err(|e| failed(e.to_string()))?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err(failed("years and months have no fixed length".to_owned()));
    }
    let duration: SignedDuration =
        span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|e| failed(e.to_string()))?;
    Duration::try_from(duration).map_err(|_| failed("it is negative".to_owned()))
}

/// Reads a number of seconds.
pub fn from_seconds(seconds: f64) -> Result<Duration, DurationError> {
    Duration::try_from_secs_f64(seconds).map_err(|_| DurationError::Number { seconds: seconds.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, milliseconds) in [
            ("90s", 90_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("7d", 604_800_000),
            ("1h30m", 5_400_000),
            ("1w 1d", 691_200_000),
            ("1.5h", 5_400_000),
            ("250ms", 250),
            ("0s", 0),
            ("5 minutes", 300_000),
            ("PT5M", 300_000),
        ] {
            assert_eq!(parse_duration(text).unwrap().as_millis(), milliseconds, "{text}");
        }
    }

    #[test]
    fn mistakes_are_named_with_a_correct_form() {
        for wrong in ["90", "30m1h", "1m1m", "5y", "2months", "-5m", "1.2.3s", "", "5 parsecs", &"9".repeat(400)] {
            let message = parse_duration(wrong).unwrap_err().to_string();
            assert!(message.starts_with(&format!("`{wrong}` is not a duration: ")), "{message}");
            assert!(message.ends_with("; write \"90s\", \"5m\", \"1h30m\" or \"7d\""), "{message}");
        }
    }

    #[test]
    fn seconds_are_positive_and_finite() {
        assert_eq!(from_seconds(0.5), Ok(Duration::from_millis(500)));
        for wrong in [-1.0, f64::NAN, 1e300] {
            assert!(from_seconds(wrong).unwrap_err().to_string().contains("\"5m\""));
        }
    }
}
