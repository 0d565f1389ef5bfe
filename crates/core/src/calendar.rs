//! The ends of the calendar. Services write "never" as the last second of the year 9999, in UTC. jiff's own range ends
//! 26 hours before, because a time must exist in every zone, so such times become the last second of that range.

use jiff::Timestamp;
use jiff::civil::DateTime;

/// The last second of the year 9999 since 1970.
const LAST_OF_9999: i64 = 253_402_300_799;

/// Returns a time from the seconds since 1970. `None` for years that have more than four digits.
pub fn from_unix(seconds: i64, nanoseconds: i32) -> Option<Timestamp> {
    let time = Timestamp::new(seconds, nanoseconds).ok();
    time.or_else(|| (0..=LAST_OF_9999).contains(&seconds).then(last))
}

/// Reads ISO 8601 with an offset.
pub fn parse(text: &str) -> Option<Timestamp> {
    let is_late = || {
        let civil: Option<DateTime> = text.strip_suffix('Z').and_then(|civil| civil.parse().ok());
        civil.filter(|civil| civil.year() == 9999)
    };
    text.parse().ok().or_else(|| is_late().map(|_| last()))
}

fn last() -> Timestamp {
    Timestamp::from_second(Timestamp::MAX.as_second()).expect("it is in the range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_a_year() {
        let first = from_unix(-62_135_596_800, 0).expect("a time");
        let late = from_unix(LAST_OF_9999, 999_999_999).expect("a time");
        assert_eq!(first.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(late.to_string(), "9999-12-30T22:00:00Z");
        assert!(first < late);
        assert_eq!(parse("9999-12-31T23:59:59Z"), Some(late));
        assert_eq!(parse("0001-01-01T00:00:00Z"), Some(first));
        assert_eq!(parse("9999-12-01T00:00:00Z"), "9999-12-01T00:00:00Z".parse().ok());
        assert_eq!(from_unix(LAST_OF_9999 + 1, 0), None);
        assert_eq!(parse("9999-13-01T00:00:00Z"), None);
    }
}
