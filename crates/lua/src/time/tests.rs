use super::*;

fn run(code: &str) -> Result<String> {
    let lua = Lua::new();
    lua.globals().set("time", module(&lua)?)?;
    lua.load(code).eval::<Value>()?.to_string()
}

fn value(code: &str) -> String {
    run(code).unwrap()
}

fn failed(code: &str) -> String {
    run(code).unwrap_err().to_string()
}

#[test]
fn text_is_read_and_shown_as_utc() {
    for (text, shown) in [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.250Z", "2026-01-02T03:04:05.25Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
        ("2026-01-02 03:04", "2026-01-02T03:04:00Z"),
        ("2026-01-02", "2026-01-02T00:00:00Z"),
    ] {
        assert_eq!(value(&format!("return time.parse('{text}')")), shown);
    }
    assert_eq!(value("return time.from_unix(0)"), "1970-01-01T00:00:00Z");
    assert_eq!(value("return time.from_unix(0.5)"), "1970-01-01T00:00:00.5Z");
}

#[test]
fn times_compare() {
    let code = "local a, b = time.parse('2026-01-01'), time.parse('2026-01-02') \
                return a < b and a <= b and not (a == b) and b > a and a == time.parse('2026-01-01T00:00:00Z') \
                and a ~= 'x'";
    assert_eq!(value(code), "true");
}

#[test]
fn times_and_seconds_are_added_and_subtracted() {
    let day = "local a, b = time.parse('2026-01-01'), time.parse('2026-01-02') ";
    assert_eq!(value(&format!("{day} return b - a")), "86400");
    assert_eq!(value(&format!("{day} return a - b")), "-86400");
    assert_eq!(value(&format!("{day} return a + time.days(1) == b and time.days(1) + a == b")), "true");
    assert_eq!(value(&format!("{day} return b - time.hours(1.5)")), "2026-01-01T22:30:00Z");
    assert_eq!(value(&format!("{day} return (a + 0.5) - a")), "0.5");
    assert_eq!(value(&format!("{day} return 'since ' .. a")), "since 2026-01-01T00:00:00Z");
}

#[test]
fn times_have_methods() {
    let t = "local t = time.parse('2026-07-02T23:04:05Z') ";
    assert_eq!(value(&format!("{t} return t:unix()")), "1783033445");
    assert_eq!(value(&format!("{t} return t:date()")), "2026-07-02");
    assert_eq!(value(&format!("{t} return t:format('%d.%m.%Y %H:%M')")), "02.07.2026 23:04");
    assert_eq!(value(&format!("{t} return t:format('%d %H %Z', 'UTC')")), "02 23 UTC");
}

#[test]
fn durations_are_seconds() {
    assert_eq!(value("return time.duration('1h30m')"), "5400");
    assert_eq!(value("return time.duration(90)"), "90");
    assert_eq!(value("return time.duration('250ms')"), "0.25");
    assert_eq!(value("return time.minutes(2) + time.hours(1) + time.days(1)"), "90120");
}

#[test]
fn the_clock_is_monotonic() {
    assert_eq!(value("local a = time.clock() return time.clock() >= a"), "true");
    assert_eq!(value("return time.now() - time.now() <= 0"), "true");
}

#[test]
fn distances_are_short() {
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    for (seconds, text) in [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3600, "1h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (400 * 86400, "400d"),
        (800 * 86400, "2y"),
        (-7200, "in 2h"),
    ] {
        assert_eq!(distance(now - SignedDuration::from_secs(seconds), now), text);
    }
}

#[test]
fn errors_show_a_correct_form() {
    assert!(failed("return time.parse('yesterday')").contains("write \"2026-01-02T03:04:05Z\""));
    assert!(failed("return time.parse('2026-01-02T03:04:05+99:00')").contains("is not a time"));
    assert!(failed("return time.parse('2026-02-30')").contains("is not a time"));
    assert!(failed("return time.parse(5)").contains("time.from_unix"));
    assert!(failed("return time.parse(nil)").contains("expected a time"));
    assert!(failed("return time.from_unix(1767323045000)").contains("divide by 1000"));
    assert!(failed("return time.from_unix(0/0)").contains("time.from_unix"));
    assert!(failed("return time.ago('7d')").contains("time.now() - time.days(7)"));
    assert!(failed("return time.now() < '2026'").contains("cannot compare a time with a value of type string"));
    assert!(failed("return time.now() + '7d'").contains("time.days(7)"));
    assert!(failed("return 5 - time.now()").contains("only from a time"));
    assert!(failed("return time.now() + 1e18").contains("9999"));
    assert!(failed("return time.now() - math.mininteger").contains("9999"));
    assert!(failed("return time.days(math.maxinteger)").contains("too large"));
    assert!(failed("return time.days('x')").contains("time.days(3)"));
    assert!(failed("return time.now():format('%')").contains("%% for a percent sign"));
    assert!(failed("return time.now():format('%Y', 'Mars/Base')").contains("no time zone `Mars/Base`"));
    assert!(failed("return time.duration('soon')").contains("write \"90s\""));
}
