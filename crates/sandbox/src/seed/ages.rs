//! Ages of seeded resources, counted from the start of the day.

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;

pub(super) const DAY: i64 = 24 * 60 * 60;

/// Returns the time `days` days before the start of the day, so that all processes of a day agree.
pub(super) fn days_before(start: Timestamp, days: i64) -> Timestamp {
    let midnight = start.as_second().div_euclid(DAY) * DAY;
    later(Timestamp::from_second(midnight).unwrap_or(start), SignedDuration::from_secs(-DAY * days))
}
