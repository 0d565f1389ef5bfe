//! Cron expressions: five fields, each with the values that it allows.
//!
//! This parser accepts only the syntax that every cron daemon understands. Crates for cron expressions accept more,
//! for example seconds, `L` and `#`, which the daemon that gets the line would reject.

use std::fmt;

use jiff::civil::{Date, Weekday};
use moonfleet_core::counted;

/// The name and the possible values of a field.
struct Range {
    name: &'static str,
    least: u8,
    most: u8,
    /// Names of the values, beginning with the least.
    words: &'static [&'static str],
}

const MINUTE: Range = Range { name: "minute", least: 0, most: 59, words: &[] };
const HOUR: Range = Range { name: "hour", least: 0, most: 23, words: &[] };
const DAY: Range = Range { name: "day of the month", least: 1, most: 31, words: &[] };
const MONTH: Range = Range {
    name: "month",
    least: 1,
    most: 12,
    words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
/// Sunday is 0 and 7.
const WEEKDAY: Range = Range {
    name: "day of the week",
    least: 0,
    most: 7,
    words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"],
};

const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    text: String,
    pub minutes: CronField,
    pub hours: CronField,
    pub days: CronField,
    pub months: CronField,
    pub weekdays: CronField,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct CronField {
    /// Sorted, without duplicates.
    pub values: Vec<u8>,
    /// Whether it begins with a star. Such a field does not restrict the days.
    pub is_starred: bool,
    /// Whether it allows all values.
    pub is_any: bool,
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let fields = match NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            Some((_, fields)) => fields,
            None if text.starts_with('@') => return Err(unknown_nickname(text)),
            None => text,
        };
        let words: Vec<&str> = fields.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = words[..] else {
            return Err(format!(
                "the expression has {} and needs five: minute, hour, day of the month, month, day of the week; \
                 for example, \"0 7 * * 1-5\" is 7:00 from Monday to Friday",
                counted(words.len(), "field")
            ));
        };
        let mut weekdays = field(weekday, &WEEKDAY)?;
        if weekdays.values.last() == Some(&7) {
            weekdays.values.pop();
            if weekdays.values.first() != Some(&0) {
                weekdays.values.insert(0, 0);
            }
        }
        let expression = Expression {
            text: words.join(" "),
            minutes: field(minute, &MINUTE)?,
            hours: field(hour, &HOUR)?,
            days: field(day, &DAY)?,
            months: field(month, &MONTH)?,
            weekdays,
        };
        if !expression.has_a_day() {
            return Err(format!("the expression never matches: no month of '{month}' has a day '{day}'"));
        }
        Ok(expression)
    }

    /// Whether a day matches, in a leap year.
    fn has_a_day(&self) -> bool {
        jiff::civil::date(2028, 1, 1).series(jiff::Span::new().days(1)).take(366).any(|day| {
            let chosen = self.months.allows(day.month()) && self.days.allows(day.day());
            chosen || self.either_day() && self.months.allows(day.month())
        })
    }

    /// Whether both fields restrict the days. Cron then runs on a day that either of them allows.
    pub(super) fn either_day(&self) -> bool {
        !self.days.is_starred && !self.weekdays.is_starred
    }

    pub(super) fn is_on(&self, date: Date) -> bool {
        let day = self.days.allows(date.day());
        let weekday = self.weekdays.allows(sunday_first(date.weekday()));
        self.months.allows(date.month()) && if self.either_day() { day || weekday } else { day && weekday }
    }
}

fn sunday_first(day: Weekday) -> i8 {
    day.to_sunday_zero_offset()
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl CronField {
    fn allows(&self, value: i8) -> bool {
        u8::try_from(value).is_ok_and(|value| self.values.contains(&value))
    }
}

fn unknown_nickname(text: &str) -> String {
    let names: Vec<_> = NICKNAMES.iter().map(|(name, _)| *name).collect();
    match text.eq_ignore_ascii_case("@reboot") {
        true => "@reboot is not a time, so the next runs are unknown; give a time".to_owned(),
        false => format!("unknown '{text}'; use {}", names.join(", ")),
    }
}

fn field(text: &str, range: &Range) -> Result<CronField, String> {
    let mut values = Vec::new();
    for part in text.split(',') {
        values.extend(part_values(part, range).map_err(|problem| {
            format!("the {} '{text}' is invalid: {problem}; use {}", range.name, range.accepted())
        })?);
    }
    values.sort_unstable();
    values.dedup();
    let all = usize::from(range.most - range.least) + 1;
    // Sunday has two numbers.
    let is_any = values.len() == all || (range.most == 7 && values.len() == 7 && text.starts_with('*'));
    Ok(CronField { is_starred: text.starts_with('*'), is_any, values })
}

/// Returns the values of `*`, `5`, `1-5`, `*/15` or `8-18/2`.
fn part_values(part: &str, range: &Range) -> Result<Vec<u8>, String> {
    let (span, step) = match part.split_once('/') {
        Some((span, step)) => {
            let step = step.parse().ok().filter(|step: &u8| *step > 0);
            (span, step.ok_or_else(|| format!("the step of '{part}' must be a number above 0"))?)
        }
        None => (part, 1),
    };
    let (first, last) = match span.split_once('-') {
        _ if span == "*" => (range.least, if range.most == 7 { 6 } else { range.most }),
        Some((first, last)) => (range.value(first)?, range.value(last)?),
        None if part.contains('/') => {
            return Err(format!("a step needs a range; write '{span}-{}/{step}'", range.most));
        }
        None => range.value(span).map(|value| (value, value))?,
    };
    if first > last {
        return Err(format!("the range '{span}' ends before it begins"));
    }
    Ok((first..=last).step_by(step.into()).collect())
}

impl Range {
    fn value(&self, text: &str) -> Result<u8, String> {
        let word = self.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let value = match word {
            Some(at) => u8::try_from(at).ok().map(|at| at + self.least),
            None if text.bytes().all(|digit| digit.is_ascii_digit()) => text.parse().ok(),
            None => None,
        };
        let value = value.filter(|value| (self.least..=self.most).contains(value));
        value.ok_or_else(|| match text {
            "" => "a value is missing".to_owned(),
            _ => format!("unknown value '{text}'"),
        })
    }

    /// Describes the accepted values.
    fn accepted(&self) -> String {
        let words = match self.words {
            [] => String::new(),
            words => format!(" or {} to {}", words[usize::from(self.least == 0)], words[words.len() - 1]),
        };
        let (least, most) = (self.least, self.most);
        let sunday = if most == 7 { " (0 and 7 are Sunday)" } else { "" };
        format!("{least} to {most}{words}{sunday}, *, ranges (1-5), steps (*/2), and lists of these with commas")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn parsed(text: &str) -> Expression {
        Expression::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn fields_contain_the_values_of_their_text() {
        let expression = parsed("*/20,59 8-18/4,23 1,15 jan-mar,12 mon-fri,7");
        assert_eq!(expression.minutes.values, [0, 20, 40, 59]);
        assert_eq!(expression.hours.values, [8, 12, 16, 23]);
        assert_eq!(expression.days.values, [1, 15]);
        assert_eq!(expression.months.values, [1, 2, 3, 12]);
        assert_eq!(expression.weekdays.values, [0, 1, 2, 3, 4, 5]);
        assert!(parsed("0 0 * * *").weekdays.is_any && parsed("0 0 * * *").days.is_any);
        assert_eq!(parsed("0 0 * * 5-7").weekdays.values, [0, 5, 6]);
        assert_eq!(parsed("  0   7 * *\t* ").to_string(), "0 7 * * *");
        assert_eq!(parsed("@Weekly").weekdays.values, [0]);
    }

    #[test]
    fn two_restricted_day_fields_match_either_day() {
        let either = parsed("0 0 13 * fri");
        // Friday the 13th, another 13th, another Friday, neither.
        let on = |expression: &Expression, day| expression.is_on(date(2026, 11, day));
        assert_eq!([13, 20, 14].map(|day| on(&either, day)), [true, true, false]);
        assert!(either.is_on(date(2026, 12, 13)));
        let both = parsed("0 0 */2 * fri");
        assert_eq!([13, 20, 15].map(|day| on(&both, day)), [true, false, false]);
    }

    #[test]
    fn errors_name_the_field_and_its_accepted_values() {
        for (text, part) in [
            ("0 7 * *", "the expression has 4 fields and needs five"),
            ("0", "the expression has 1 field and"),
            ("0 0 7 * * 1", "the expression has 6 fields"),
            ("60 7 * * *", "the minute '60' is invalid: unknown value '60'; use 0 to 59, *"),
            ("0 24 * * *", "the hour '24' is invalid: unknown value '24'; use 0 to 23"),
            ("0 0 0 * *", "the day of the month '0'"),
            ("0 0 * foo *", "the month 'foo' is invalid: unknown value 'foo'; use 1 to 12 or jan to dec"),
            ("0 0 * * 8", "use 0 to 7 or mon to sun (0 and 7 are Sunday)"),
            ("0 0 * * fri-mon", "the range 'fri-mon' ends before it begins"),
            ("5/10 * * * *", "write '5-59/10'"),
            ("*/0 * * * *", "the step of '*/0'"),
            ("1,,2 * * * *", "a value is missing"),
            ("-5 * * * *", "a value is missing"),
            ("+5 * * * *", "unknown value '+5'"),
            ("0 0 31 2 *", "the expression never matches: no month of '2' has a day '31'"),
            ("0 0 30,31 feb *", "the expression never matches"),
            ("@reboot", "@reboot is not a time"),
            ("@dayly", "unknown '@dayly'; use @hourly, @daily"),
            ("0 0 L * *", "unknown value 'L'"),
        ] {
            let problem = Expression::parse(text).expect_err(text);
            assert!(problem.contains(part), "{text}: {problem}");
        }
        // Every month has every weekday.
        assert!(Expression::parse("0 0 31 2 mon").is_ok());
        assert!(Expression::parse("0 0 29 2 *").is_ok());
    }
}
