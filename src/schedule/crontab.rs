//! A run as a line of a crontab.

use moonfleet_core::Failure;

use super::plan::ScheduledRun;

/// Daemons that are old read no longer lines.
const LONGEST: usize = 990;

pub(super) fn render(plan: &ScheduledRun) -> Result<String, Failure> {
    let mut lines: Vec<String> = plan.describe_lines().iter().map(|line| format!("# {line}")).collect();
    lines.push(
        "# What is printed is mailed to MAILTO: the whole report without --out, with it the run's summary.".to_owned(),
    );
    lines.push("# Add what follows with `crontab -e`.".to_owned());
    if let Some(zone) = &plan.foreign_zone {
        lines.push(
            "# CRON_TZ holds for all lines below it, and is known to cronie (Fedora, RHEL, Arch). The cron of Debian \
             and Ubuntu\n# goes by the machine's own zone and ignores it: there, take what --systemd prints."
                .to_owned(),
        );
        lines.push(format!("CRON_TZ={zone}"));
    }
    let line = format!("{} {}", plan.expression, command(plan)?);
    if line.len() > LONGEST {
        lines.push(format!("# The line has {} characters, and some daemons read no more than {LONGEST}.", line.len()));
    }
    lines.push(line);
    Ok(lines.join("\n") + "\n")
}

/// For the shell, and then for cron, which takes a percent sign for the end of the line.
fn command(plan: &ScheduledRun) -> Result<String, Failure> {
    if plan.words.iter().any(|word| word.contains(['\n', '\r'])) {
        return Err(Failure::usage("a line of a crontab has no room for an argument of several lines"));
    }
    let words = plan.words.iter().map(|word| shlex::try_quote(word));
    let words = words.collect::<Result<Vec<_>, _>>().map_err(|e| Failure::usage(format!("an argument: {e}")))?;
    let zone = plan.foreign_zone.as_ref().map(|zone| format!("TZ={zone} ")).unwrap_or_default();
    Ok(format!("{zone}{}", words.join(" ")).replace('%', "\\%"))
}
