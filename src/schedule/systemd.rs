//! A scheduled run as a systemd service and its timer.

use super::expression::{CronField, Expression};
use super::plan::ScheduledRun;

pub(super) fn render(plan: &ScheduledRun) -> String {
    let unit = format!("moonfleet-{}", plan.unit_name());
    let comment: String = plan.describe_lines().iter().map(|line| format!("# {line}\n")).collect();
    let zone = plan.foreign_zone.as_ref().map(|zone| format!("Environment=TZ={zone}\n")).unwrap_or_default();
    let command: Vec<String> = plan.words.iter().map(|word| quoted(word)).collect();
    let times: String = calendars(&plan.expression, plan.foreign_zone.as_deref())
        .iter()
        .map(|calendar| format!("OnCalendar={calendar}\n"))
        .collect();
    let description = plan.description().replace('%', "%%");
    format!(
        "{comment}\
         # Write these two files, then:\n\
         #   systemctl --user daemon-reload && systemctl --user enable --now {unit}.timer\n\
         # `loginctl enable-linger` lets it run while you are not logged in.\n\
         # `journalctl --user -u {unit}` shows its output.\n\
         \n\
         # ~/.config/systemd/user/{unit}.service\n\
         [Unit]\n\
         Description={description}\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         {zone}\
         ExecStart={}\n\
         \n\
         # ~/.config/systemd/user/{unit}.timer\n\
         [Unit]\n\
         Description={description}\n\
         \n\
         [Timer]\n\
         {times}\
         Persistent=true\n\
         \n\
         [Install]\n\
         WantedBy=timers.target\n",
        command.join(" ")
    )
}

/// Quotes a word for systemd, which uses no shell and replaces % and $ itself.
fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('%', "%%").replace('$', "$$").replace('"', "\\\"");
    let escaped = escaped.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,@%+{}*".contains(c));
    if is_plain { escaped } else { format!("\"{escaped}\"") }
}

/// Returns the calendar expressions. Cron's two fields for days mean either day, which takes two calendars.
fn calendars(expression: &Expression, zone: Option<&str>) -> Vec<String> {
    let Expression { minutes, hours, days, months, weekdays, .. } = expression;
    let zone = zone.map(|zone| format!(" {zone}")).unwrap_or_default();
    let time = format!("{}:{}:00", listed(hours), listed(minutes));
    let calendar = |weekday: &str, day: &str| format!("{weekday}*-{}-{day} {time}{zone}", listed(months));
    let weekday = if weekdays.is_any { String::new() } else { format!("{} ", named(weekdays)) };
    match expression.either_day() {
        true => vec![calendar("", &listed(days)), calendar(&weekday, "*")],
        false => vec![calendar(&weekday, &listed(days))],
    }
}

fn listed(field: &CronField) -> String {
    if field.is_any { "*".to_owned() } else { ranges(&field.values, |value| format!("{value:02}")) }
}

/// Returns names of weekdays. systemd's week begins on Monday, and a range cannot go past its end.
fn named(weekdays: &CronField) -> String {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut days: Vec<u8> = weekdays.values.iter().map(|day| (day + 6) % 7).collect();
    days.sort_unstable();
    ranges(&days, |day| NAMES[usize::from(day)].to_owned())
}

/// Shortens consecutive values: `1,2,3,5` becomes `1..3,5`.
fn ranges(values: &[u8], render: impl Fn(u8) -> String) -> String {
    let runs = values.chunk_by(|a, b| a + 1 == *b);
    let parts = runs.flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{}..{}", render(*first), render(*last))],
        few => few.iter().map(|value| render(*value)).collect(),
    });
    parts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendars_of(text: &str, zone: Option<&str>) -> Vec<String> {
        calendars(&Expression::parse(text).unwrap(), zone)
    }

    #[test]
    fn expressions_are_calendars() {
        assert_eq!(calendars_of("0 7 * * 1-5", Some("Europe/Berlin")), ["Mon..Fri *-*-* 07:00:00 Europe/Berlin"]);
        assert_eq!(calendars_of("*/15 8-18 1,15 * *", None), ["*-*-01,15 08..18:00,15,30,45:00"]);
        assert_eq!(calendars_of("0 0 * 1-3,12 6,0", None), ["Sat,Sun *-01..03,12-* 00:00:00"]);
        assert_eq!(calendars_of("0 0 13 * fri", None), ["*-*-13 00:00:00", "Fri *-*-* 00:00:00"]);
        assert_eq!(calendars_of("* * * * *", Some("UTC")), ["*-*-* *:*:00 UTC"]);
    }

    #[test]
    fn words_are_quoted_for_systemd() {
        assert_eq!(quoted("--out=/r/{date}-100%.html"), "--out=/r/{date}-100%%.html");
        assert_eq!(quoted("a \"b\" $HOME\\\n"), r#""a \"b\" $$HOME\\\n""#);
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted(";"), "\";\"");
    }
}
