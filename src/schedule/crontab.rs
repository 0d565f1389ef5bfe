//! A scheduled run as a line of a crontab.

use moonfleet_core::Failure;

use super::plan::ScheduledRun;

/// Characters. Some old cron daemons do not read longer lines.
const LONGEST: usize = 990;

pub(super) fn render(plan: &ScheduledRun) -> Result<String, Failure> {
    let mut lines: Vec<String> = plan.describe_lines().iter().map(|line| format!("# {line}")).collect();
    lines.push(
        "# Cron mails the output to MAILTO: the whole report, or only the run's summary if --out is given.".to_owned(),
    );
    lines.push("# Add the next lines with `crontab -e`.".to_owned());
    if let Some(zone) = &plan.foreign_zone {
        lines.push(
            "# CRON_TZ applies to all lines below it. Only cronie supports it (Fedora, RHEL, Arch). The cron of Debian \
             and Ubuntu\n# ignores it and uses the machine's zone; there, use the output of --systemd."
                .to_owned(),
        );
        lines.push(format!("CRON_TZ={zone}"));
    }
    let line = format!("{} {}", plan.expression, command(plan)?);
    if line.len() > LONGEST {
        lines.push(format!("# The line has {} characters; some cron daemons read only {LONGEST}.", line.len()));
    }
    lines.push(line);
    Ok(lines.join("\n") + "\n")
}

/// Returns the command, quoted for the shell and escaped for cron, which ends the command at a percent character.
fn command(plan: &ScheduledRun) -> Result<String, Failure> {
    if plan.words.iter().any(|word| word.contains(['\n', '\r'])) {
        return Err(Failure::usage("a crontab line cannot hold an argument with a line break"));
    }
    let words = plan.words.iter().map(|word| shlex::try_quote(word));
    let words = words.collect::<Result<Vec<_>, _>>().map_err(|e| Failure::usage(format!("an argument: {e}")))?;
    let zone = plan.foreign_zone.as_ref().map(|zone| format!("TZ={zone} ")).unwrap_or_default();
    Ok(format!("{zone}{}", words.join(" ")).replace('%', "\\%"))
}
