//! Ages of what the seed makes, counted from the day's beginning.

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;

pub const DAY: i64 = 24 * 60 * 60;

/// Counted from the day's beginning, so that what is days old is as old for every process of a day.
pub fn days_before(start: Timestamp, days: i64) -> Timestamp {
    let midnight = start.as_second().div_euclid(DAY) * DAY;
    later(Timestamp::from_second(midnight).unwrap_or(start), SignedDuration::from_secs(-DAY * days))
}
