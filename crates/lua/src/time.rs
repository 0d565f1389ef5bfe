//! `time` in Lua: points in time as values, and durations in seconds.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mlua::{AnyUserData, Error, FromLua, Lua, MetaMethod, Result, Table, UserData, UserDataMethods, Value};
use moonfleet_core::Clock;
use moonfleet_core::calendar;
use moonfleet_core::duration::{DurationError, from_seconds, parse_duration};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// A point in time, as scripts hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

pub fn module(lua: &Lua) -> Result<Table> {
    let time = lua.create_table()?;
    time.set("now", lua.create_function(now)?)?;
    time.set("parse", lua.create_function(parse)?)?;
    time.set("from_unix", lua.create_function(from_unix)?)?;
    time.set("duration", lua.create_function(duration)?)?;
    time.set("minutes", lua.create_function(|_, n| seconds("minutes", MINUTE, n))?)?;
    time.set("hours", lua.create_function(|_, n| seconds("hours", HOUR, n))?)?;
    time.set("days", lua.create_function(|_, n| seconds("days", DAY, n))?)?;
    time.set("ago", lua.create_function(ago)?)?;
    time.set("clock", lua.create_function(clock)?)?;
    Ok(time)
}

/// Returns the time of the machine's clock: the sandbox's clock if there is one, else the system clock.
pub fn current_time(lua: &Lua) -> Timestamp {
    lua.app_data_ref::<Arc<dyn Clock>>().map_or_else(Timestamp::now, |clock| clock.now())
}

/// Reads a duration from a script: text, or a number of seconds.
pub fn to_duration(value: &Value) -> std::result::Result<Duration, DurationError> {
    match value {
        Value::String(text) => parse_duration(&text.to_string_lossy()),
        Value::Integer(n) => u64::try_from(*n).map_or_else(|_| from_seconds(*n as f64), |n| Ok(Duration::from_secs(n))),
        Value::Number(n) => from_seconds(*n),
        other => Err(DurationError::Kind { kind: other.type_name() }),
    }
}

/// Returns the current time in milliseconds, which is the precision of AWS.
fn now(lua: &Lua, (): ()) -> Result<Time> {
    let now = current_time(lua);
    Ok(Time(Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)))
}

fn parse(lua: &Lua, value: Value) -> Result<Time> {
    match &value {
        Value::String(text) => point(&text.to_string_lossy()).map(Time).ok_or_else(|| {
            let text = moonfleet_core::sanitize::line(&text.to_string_lossy()).into_owned();
            wrong(format!("time.parse: `{text}` is not a time; write \"2026-01-02T03:04:05Z\" or \"2026-01-02\""))
        }),
        Value::Integer(_) | Value::Number(_) => Err(wrong(
            "time.parse: expected text, got number; use time.from_unix, for example time.from_unix(1767323045)",
        )),
        _ => Time::from_lua(value, lua),
    }
}

/// Reads ISO 8601. A time without an offset, or a date alone, is in UTC.
pub fn point(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    calendar::parse(text).or_else(|| {
        // The civil parser ignores an offset, so an invalid one would count as none.
        let time_of_day = text.get(10..)?;
        if time_of_day.contains(['+', '-', 'Z', 'z', '[']) {
            return None;
        }
        let civil: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    })
}

fn from_unix(_: &Lua, value: Value) -> Result<Time> {
    let Some(seconds) = span(&value) else {
        return Err(wrong(format!(
            "time.from_unix: expected the seconds since 1970, for example time.from_unix(1767323045), got {}",
            value.type_name()
        )));
    };
    Timestamp::from_duration(seconds).map(Time).map_err(|_| {
        wrong(format!(
            "time.from_unix: {} seconds are after the year 9999; if they are milliseconds, divide by 1000",
            seconds.as_secs()
        ))
    })
}

/// Returns the seconds of text such as "1h30m"; numbers are returned unchanged.
fn duration(_: &Lua, value: Value) -> Result<Value> {
    match &value {
        Value::Integer(_) | Value::Number(_) => Ok(value),
        Value::String(text) => {
            let duration = parse_duration(&text.to_string_lossy());
            let duration = duration.map_err(|e| wrong(format!("time.duration: {e}")))?;
            Ok(number(SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)))
        }
        other => {
            Err(wrong(format!("time.duration: expected text such as \"5m\", or seconds, got {}", other.type_name())))
        }
    }
}

fn seconds(unit: &str, length: i64, value: Value) -> Result<Value> {
    let wrong_number =
        || wrong(format!("time.{unit}: expected a number, for example time.{unit}(3), got {}", value.type_name()));
    match value {
        Value::Integer(n) => match n.checked_mul(length) {
            Some(seconds) => Ok(Value::Integer(seconds)),
            None => Err(wrong(format!("time.{unit}: {n} is too large"))),
        },
        Value::Number(n) => Ok(Value::Number(n * length as f64)),
        _ => Err(wrong_number()),
    }
}

/// Returns how long ago a time was, in its largest unit; "in 3d" for a time in the future.
fn ago(lua: &Lua, value: Value) -> Result<String> {
    match &value {
        Value::String(_) | Value::Integer(_) | Value::Number(_) => Err(wrong(format!(
            "time.ago: expected a time, got {}; for the time a week ago, use time.now() - time.days(7)",
            value.type_name()
        ))),
        _ => Ok(distance(Time::from_lua(value, lua)?.0, current_time(lua))),
    }
}

fn distance(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    let units = [(2 * YEAR, YEAR, "y"), (2 * DAY, DAY, "d"), (HOUR, HOUR, "h"), (MINUTE, MINUTE, "m")];
    let long = seconds.saturating_abs();
    let (length, unit) =
        units.iter().find(|(from, ..)| long >= *from).map_or((1, "s"), |(_, length, unit)| (*length, *unit));
    let text = format!("{}{unit}", long / length);
    if seconds < 0 { format!("in {text}") } else { text }
}

/// Returns the seconds of a monotonic clock, for measuring durations.
fn clock(_: &Lua, (): ()) -> Result<f64> {
    static START: OnceLock<Instant> = OnceLock::new();
    Ok(START.get_or_init(Instant::now).elapsed().as_secs_f64())
}

impl UserData for Time {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("unix", |_, this, ()| Ok(number(this.0.as_duration())));
        methods.add_method("date", |_, this, ()| format(this.0, "%Y-%m-%d", TimeZone::UTC));
        methods.add_method("format", |_, this, (pattern, zone): (String, Option<String>)| {
            format(this.0, &pattern, named_zone(zone.as_deref())?)
        });
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.0.to_string()));
        methods.add_meta_function(MetaMethod::Concat, |_, (a, b): (Value, Value)| {
            Ok(format!("{}{}", a.to_string()?, b.to_string()?))
        });
        methods.add_meta_function(MetaMethod::Eq, |_, (a, b): (Value, Value)| Ok(time(&a) == time(&b)));
        methods.add_meta_function(MetaMethod::Lt, |_, (a, b)| compared(a, b).map(|(a, b)| a < b));
        methods.add_meta_function(MetaMethod::Le, |_, (a, b)| compared(a, b).map(|(a, b)| a <= b));
        methods.add_meta_function(MetaMethod::Add, |lua, (a, b)| sum(lua, a, b));
        methods.add_meta_function(MetaMethod::Sub, |lua, (a, b)| difference(lua, a, b));
    }
}

impl FromLua for Time {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        time(&value).ok_or_else(|| {
            wrong(format!("expected a time from time.now() or time.parse(...), got {}", value.type_name()))
        })
    }
}

fn format(time: Timestamp, pattern: &str, zone: TimeZone) -> Result<String> {
    strtime::format(pattern, &time.to_zoned_datetime(zone)).map_err(|cause| {
        wrong(format!("time:format: {cause}; write a pattern such as \"%Y-%m-%d %H:%M\", and %% for a percent sign"))
    })
}

fn named_zone(name: Option<&str>) -> Result<TimeZone> {
    match name {
        None => Ok(TimeZone::UTC),
        Some("local") => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|_| {
            let name = moonfleet_core::sanitize::line(name);
            wrong(format!(
                "time:format: there is no time zone `{name}` on this machine; write \"Europe/Berlin\", \"UTC\" or \"local\""
            ))
        }),
    }
}

fn compared(a: Value, b: Value) -> Result<(Time, Time)> {
    match (time(&a), time(&b)) {
        (Some(a), Some(b)) => Ok((a, b)),
        (None, _) => Err(incomparable(&a)),
        (_, None) => Err(incomparable(&b)),
    }
}

fn incomparable(other: &Value) -> Error {
    wrong(format!("cannot compare a time with a value of type {}; convert it with time.parse", other.type_name()))
}

fn sum(lua: &Lua, a: Value, b: Value) -> Result<Value> {
    match (time(&a), span(&b), span(&a), time(&b)) {
        (Some(time), Some(span), ..) | (_, _, Some(span), Some(time)) => moved(lua, time, Some(span)),
        (Some(_), ..) => Err(not_seconds("add", &b)),
        _ => Err(not_seconds("add", &a)),
    }
}

fn difference(lua: &Lua, a: Value, b: Value) -> Result<Value> {
    match (time(&a), time(&b), span(&b)) {
        (Some(a), Some(b), _) => Ok(number(a.0.duration_since(b.0))),
        (Some(a), _, Some(span)) => moved(lua, a, span.checked_neg()),
        (Some(_), ..) => Err(not_seconds("subtract", &b)),
        _ => Err(wrong("a time can be subtracted only from a time, for example time.now() - t")),
    }
}

fn moved(lua: &Lua, time: Time, by: Option<SignedDuration>) -> Result<Value> {
    let moved = by.and_then(|by| time.0.checked_add(by).ok());
    match moved {
        Some(moved) => Ok(Value::UserData(lua.create_userdata(Time(moved))?)),
        None => Err(wrong(format!("{} moved by this duration is outside of the years -9999 to 9999", time.0))),
    }
}

fn not_seconds(verb: &str, other: &Value) -> Error {
    wrong(format!(
        "cannot {verb} a time and a value of type {}; use seconds, for example time.days(7) or time.duration(\"1h30m\")",
        other.type_name()
    ))
}

fn time(value: &Value) -> Option<Time> {
    value.as_userdata().and_then(|object: &AnyUserData| Some(*object.borrow::<Time>().ok()?))
}

fn span(value: &Value) -> Option<SignedDuration> {
    match value {
        Value::Integer(seconds) => Some(SignedDuration::from_secs(*seconds)),
        Value::Number(seconds) => SignedDuration::try_from_secs_f64(*seconds).ok(),
        _ => None,
    }
}

/// Returns a duration in seconds: an integer if they are whole, as AWS's times mostly are.
fn number(span: SignedDuration) -> Value {
    match span.subsec_nanos() {
        0 => Value::Integer(span.as_secs()),
        _ => Value::Number(span.as_secs_f64()),
    }
}

fn wrong(message: impl Into<String>) -> Error {
    Error::external(message.into())
}

#[cfg(test)]
mod tests;
