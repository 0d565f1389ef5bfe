//! Durations as people write them: `90s`, `5m`, `1h30m`, `7d`.

use std::time::Duration;

use mlua::Value;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DurationError {
    #[error("`{text}` is no duration: {problem}; write \"90s\", \"5m\", \"1h30m\" or \"7d\"")]
    Text { text: String, problem: &'static str },
    #[error("{seconds} is no duration; write seconds from 0, or text such as \"5m\"")]
    Number { seconds: String },
    #[error("a duration is text such as \"5m\", or seconds, not a {kind}")]
    Kind { kind: &'static str },
}

/// The longest first, as they must be written.
const UNITS: &[(&str, f64)] =
    &[("w", 604_800.0), ("d", 86_400.0), ("h", 3_600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001)];

/// What a script gives for a duration: text, or a number of seconds.
pub fn to_duration(given: &Value) -> Result<Duration, DurationError> {
    let failed = |seconds: String| DurationError::Number { seconds };
    match given {
        Value::String(text) => parse_duration(&text.to_string_lossy()),
        Value::Integer(n) => u64::try_from(*n).map(Duration::from_secs).map_err(|_| failed(n.to_string())),
        Value::Number(n) => Duration::try_from_secs_f64(*n).map_err(|_| failed(n.to_string())),
        other => Err(DurationError::Kind { kind: other.type_name() }),
    }
}

pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let failed = |problem| DurationError::Text { text: crate::report::clean::line(text).into_owned(), problem };
    let mut rest = text.trim();
    let mut units = UNITS;
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(failed("it is empty"));
    }
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after, |c| c.is_ascii_alphabetic());
        let number: f64 = number.parse().map_err(|_| failed("it must be numbers with units"))?;
        if unit.is_empty() {
            return Err(failed("a number has no unit"));
        }
        let Some(at) = units.iter().position(|(name, _)| *name == unit) else {
            return Err(failed(match UNITS.iter().any(|(name, _)| *name == unit) {
                true => "its units must go from the longest to the shortest",
                false => "a unit is unknown; known are w, d, h, m, s and ms",
            }));
        };
        seconds += number * units[at].1;
        units = &units[at + 1..];
        rest = after.trim_start();
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| failed("it is too long"))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
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
        ] {
            assert_eq!(parse_duration(text).unwrap().as_millis(), milliseconds, "{text}");
        }
    }

    #[test]
    fn scripts_give_text_or_seconds() {
        assert_eq!(to_duration(&Value::Integer(90)), Ok(Duration::from_secs(90)));
        assert_eq!(to_duration(&Value::Number(0.5)), Ok(Duration::from_millis(500)));
        for wrong in [Value::Integer(-1), Value::Number(f64::NAN), Value::Number(1e300), Value::Boolean(true)] {
            assert!(to_duration(&wrong).unwrap_err().to_string().contains("\"5m\""));
        }
    }

    #[test]
    fn mistakes_are_told_with_a_correct_form() {
        let failed = |text: &str| parse_duration(text).unwrap_err().to_string();
        assert_eq!(
            failed("90"),
            "`90` is no duration: a number has no unit; write \"90s\", \"5m\", \"1h30m\" or \"7d\""
        );
        assert!(failed("30m1h").contains("from the longest"));
        assert!(failed("1m1m").contains("from the longest"));
        assert!(failed("5 minutes").contains("no unit"));
        assert!(failed("5y").contains("known are w, d"));
        assert!(failed("-5m").contains("numbers with units"));
        assert!(failed("1.2.3s").contains("numbers with units"));
        assert!(failed("").contains("empty"));
        assert!(failed(&format!("{}w", "9".repeat(400))).contains("too long"));
    }
}
