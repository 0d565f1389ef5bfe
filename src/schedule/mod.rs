//! `moonfleet schedule`: prints a line for a crontab, or units for systemd. It writes no files.

mod checks;
mod crontab;
mod expression;
mod forwarded_options;
mod next;
pub mod options;
mod plan;
mod systemd;

use std::env;
use std::path::Path;

use clap::CommandFactory as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use moonfleet_core::{Failure, aws_environment};
use moonfleet_lua::script::HeaderFacts;

use crate::assets;
use crate::cli::Cli;
use crate::contained::{header, header_with};
use crate::script_source::locate_script;
use crate::trailing_options;
use crate::unattended::Examined;
use expression::Expression;
use options::ScheduleOptions;
use plan::ScheduledRun;

/// Returns the crontab line or the units, with comments. The next runs are counted from `now`.
pub fn run(cli: &Cli, options: &ScheduleOptions, now: Timestamp) -> Result<String, Failure> {
    let [name, words @ ..] = options.script() else { return Err(Failure::usage("name a script")) };
    if name == "-" {
        return Err(Failure::usage("schedule cannot run standard input later; name a script or a file"));
    }
    if name.starts_with('-') {
        return Err(Failure::usage(format!(
            "'{name}' is not a script; write options of moonfleet before `schedule`, or after the script"
        )));
    }
    let script = locate_script(name)?;
    let (words, flags) = take_flags(words, options, header(&script)?.as_ref())?;
    let facts = header_with(&script, &words).map_err(|failure| failure.advise(&format!("moonfleet help {name}")))?;
    let Some(at) = &flags.at else {
        return Err(Failure::usage(
            "missing --at; for example, --at \"0 7 * * 1-5\" runs at 7:00 from Monday to Friday",
        ));
    };
    let expression = Expression::parse(at).map_err(|problem| Failure::usage(format!("--at \"{at}\": {problem}")))?;
    let now = now.to_zoned_datetime(zone(flags.zone.as_deref())?);
    let summary = facts.as_ref().map(|facts| facts.summary.clone());
    let mut plan = ScheduledRun::new(expression, name, summary, &now);
    checks::check(cli, Examined { source: &script.source, header: facts.as_ref() }, &mut plan)?;
    plan.words = command_line(&mut plan, name, words)?;
    if flags.systemd { Ok(systemd::render(&plan)) } else { crontab::render(&plan) }
}

/// The options of `schedule`, given before or after the script.
struct ScheduleFlags {
    at: Option<String>,
    zone: Option<String>,
    systemd: bool,
}

/// Takes the options of `schedule` from the script's arguments, except those that the script declares.
fn take_flags(
    words: &[String],
    options: &ScheduleOptions,
    facts: Option<&HeaderFacts>,
) -> Result<(Vec<String>, ScheduleFlags), Failure> {
    let is_declared = |name: &str| facts.is_some_and(|facts| facts.argument(name).is_some());
    let mut flags = ScheduleFlags { at: options.at.clone(), zone: options.zone.clone(), systemd: options.systemd };
    let mut left = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (option, value) = word.split_once('=').map_or((word.as_str(), None), |(o, v)| (o, Some(v.to_owned())));
        let name = option.strip_prefix("--").unwrap_or_default();
        let mut value = || {
            let value = value.clone().or_else(|| words.next().cloned());
            value.ok_or_else(|| Failure::usage(format!("{option} needs a value")))
        };
        match name {
            _ if is_declared(name) => left.push(word.clone()),
            "at" => flags.at = Some(value()?),
            "zone" => flags.zone = Some(value()?),
            "systemd" => flags.systemd = true,
            _ => left.push(word.clone()),
        }
    }
    Ok((left, flags))
}

fn zone(name: Option<&str>) -> Result<TimeZone, Failure> {
    let Some(name) = name else { return Ok(TimeZone::system()) };
    TimeZone::get(name).map_err(|_| {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let hint = match moonfleet_core::suggest::nearest(name, known.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "names of zones look like Europe/Berlin or UTC".to_owned(),
        };
        Failure::usage(format!("--zone: there is no time zone '{name}'; {hint}"))
    })
}

/// Returns the words of the whole command, independent of the working directory and the environment.
fn command_line(plan: &mut ScheduledRun, name: &str, words: Vec<String>) -> Result<Vec<String>, Failure> {
    let program = env::current_exe().map_err(|e| Failure::failed(format!("cannot find the path of moonfleet: {e}")))?;
    let matches = Cli::command().get_matches_from(trailing_options::words());
    let mut line = vec![forwarded_options::text(program.as_os_str(), "the program's path")?];
    let options = forwarded_options::options(&Cli::command(), &matches)?;
    let is_given = |option: &str| options.iter().any(|word| word.split('=').next() == Some(option));
    for (option, set) in [("--profile", aws_environment::profile()), ("--region", aws_environment::region())] {
        if let Some(value) = set.filter(|_| !is_given(option)) {
            plan.notes
                .push(format!("{option} comes from this shell's environment, which the scheduled run does not have."));
            line.extend([option.to_owned(), value]);
        }
    }
    if env::var_os("AWS_ACCESS_KEY_ID").is_some() && !is_given("--sandbox") {
        plan.notes.push(
            "This shell's credentials are in its environment, which the scheduled run does not have; use a profile."
                .into(),
        );
    }
    if !is_given("--lock") {
        line.push("--lock".to_owned());
    }
    if !is_given("--timeout") {
        line.extend(["--timeout".to_owned(), plan.timeout()]);
    }
    line.extend(options);
    let is_file = assets::script(name).is_none() || name.contains(std::path::MAIN_SEPARATOR);
    let script = if is_file { forwarded_options::absolute(Path::new(name))? } else { name.to_owned() };
    line.extend(["run".to_owned(), script]);
    line.extend(words);
    Ok(line)
}
