//! The next runs of an expression in a time zone.

use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{ToSpan, ZonedDateTime};

use super::expression::Expression;

/// How far to search. February 29 can be eight years away.
const YEARS: i64 = 9;

/// Returns the runs after a time. If clocks skip an hour, its runs come when the clocks have moved on. If clocks
/// repeat an hour, its runs come once.
pub(super) fn runs(expression: &Expression, after: &ZonedDateTime) -> impl Iterator<Item = ZonedDateTime> {
    let zone = after.time_zone().clone();
    let last = after.date().checked_add(YEARS.years()).unwrap_or(Date::MAX);
    let days = after.date().series(1.day()).take_while(move |day| *day <= last);
    days.flat_map(move |day| on(expression, day, &zone)).filter(move |run| run > after)
}

fn on(expression: &Expression, day: Date, zone: &TimeZone) -> Vec<ZonedDateTime> {
    if !expression.is_on(day) {
        return Vec::new();
    }
    let clock = times(expression, day).map(|(_, time)| time);
    let mut runs: Vec<ZonedDateTime> =
        clock.filter_map(|time| zone.to_ambiguous_zoned_datetime(time).compatible().ok()).collect();
    runs.sort();
    runs.dedup();
    runs
}

fn times(expression: &Expression, day: Date) -> impl Iterator<Item = (Date, jiff::civil::DateTime)> {
    let minutes = |hour: u8| expression.minutes.values.iter().map(move |minute| (hour, *minute));
    let times = expression.hours.values.iter().flat_map(move |hour| minutes(*hour));
    times.map(move |(hour, minute)| (day, day.at(hour as i8, minute as i8, 0, 0)))
}

/// Returns the day of a run within a year whose time the clocks skip (true) or repeat (false).
pub(super) fn clock_change(expression: &Expression, after: &ZonedDateTime) -> Option<(Date, bool)> {
    let zone = after.time_zone();
    let year = after.checked_add(1.year()).ok()?;
    let changes = zone.following(after.timestamp()).take_while(|change| change.timestamp() < year.timestamp());
    // The civil time of a change can be on the day before or after that of its instant.
    let days = changes.flat_map(|change| {
        let day = zone.to_datetime(change.timestamp()).date();
        [day.yesterday().ok(), Some(day), day.tomorrow().ok()].into_iter().flatten()
    });
    let mut times = days.filter(|day| expression.is_on(*day)).flat_map(|day| times(expression, day));
    times.find_map(|(day, time)| match zone.to_ambiguous_zoned_datetime(time).offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some((day, true)),
        AmbiguousOffset::Fold { .. } => Some((day, false)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str, after: &str, count: usize) -> Vec<String> {
        let (expression, after) = (Expression::parse(text).unwrap(), after.parse::<ZonedDateTime>().unwrap());
        runs(&expression, &after).take(count).map(|run| run.strftime("%F %H:%M %z").to_string()).collect()
    }

    #[test]
    fn runs_come_in_order_and_after_now() {
        assert_eq!(
            next("0 7 * * 1-5", "2026-11-26T07:00[Europe/Berlin]", 3),
            ["2026-11-27 07:00 +0100", "2026-11-30 07:00 +0100", "2026-12-01 07:00 +0100"]
        );
        assert_eq!(next("59 23 31 12 *", "2026-11-26T07:00[UTC]", 1), ["2026-12-31 23:59 +0000"]);
        assert_eq!(next("0 0 29 2 *", "2096-03-01T00:00[UTC]", 1), ["2104-02-29 00:00 +0000"], "2100 is no leap year");
    }

    #[test]
    fn runs_in_a_skipped_hour_come_later_and_runs_in_a_repeated_hour_come_once() {
        assert_eq!(
            next("30 2 * * *", "2027-03-27T12:00[Europe/Berlin]", 2),
            ["2027-03-28 03:30 +0200", "2027-03-29 02:30 +0200"]
        );
        assert_eq!(
            next("30 2 * * *", "2027-10-30T12:00[Europe/Berlin]", 2),
            ["2027-10-31 02:30 +0200", "2027-11-01 02:30 +0100"]
        );
    }

    #[test]
    fn clock_changes_are_found_within_a_year() {
        let found = |text: &str, zone: &str| {
            let after: ZonedDateTime = format!("2026-11-26T07:00[{zone}]").parse().unwrap();
            clock_change(&Expression::parse(text).unwrap(), &after).map(|(day, gap)| (day.to_string(), gap))
        };
        assert_eq!(found("30 2 * * *", "Europe/Berlin"), Some(("2027-03-28".to_owned(), true)));
        assert_eq!(found("30 2 * 10 *", "Europe/Berlin"), Some(("2027-10-31".to_owned(), false)));
        assert_eq!(found("30 2 * * 1-5", "Europe/Berlin"), None);
        assert_eq!(found("0 7 * * *", "Europe/Berlin"), None);
        assert_eq!(found("30 2 * * *", "UTC"), None);
    }
}
