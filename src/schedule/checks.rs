//! The checks of a scheduled run. Its files, folders, destinations, profile and conditions are checked when the line is
//! printed, because a run that fails at night is noticed late.

use std::path::Path;

use futures_executor::block_on;
use moonfleet_bindings::Risk;
use moonfleet_client::{Hooks, Session};
use moonfleet_core::{Failure, suggest};
use moonfleet_report::Template;

use super::plan::ScheduledRun;
use crate::cli::Cli;
use crate::settings;
use crate::unattended::{self, Examined};

/// Returns an error if the run would fail because of its options. Adds notes for other problems to the plan.
pub(super) fn check(cli: &Cli, script: Examined<'_>, plan: &mut ScheduledRun) -> Result<(), Failure> {
    let settings = settings::load().map_err(|e| Failure::usage(e.to_string()))?;
    unattended::check_options(&cli.unattended, plan.name(), script, &settings.delivery)?;
    let template = cli.template.as_ref().or(settings.template.as_ref());
    template.map(|file| Template::read(file)).transpose().map_err(|e| Failure::usage(e.to_string()))?;
    for (option, file) in [("--record", &cli.record), ("--plan-out", &cli.plan_out)] {
        file.as_ref().map_or(Ok(()), |file| check_folder_of(option, file))?;
    }
    if let Some(folder) = cli.path.iter().find(|folder| !folder.is_dir()) {
        return Err(Failure::usage(format!("--path {}: the folder does not exist", folder.display())));
    }
    check_profile(cli)?;
    let is_destructive = script.header.is_some_and(|header| header.risk == Risk::Destroy);
    if is_destructive && !cli.yes && !cli.plan {
        plan.notes.push(
            "The script is destructive, and a run without a terminal cannot confirm its changes: add --yes and --max-targets."
                .to_owned(),
        );
    }
    let from_env = cli.unattended.deliver.iter().flat_map(|name| settings.delivery.environment_of(name));
    plan.notes.extend(from_env.map(|name| {
        format!("A delivery reads the environment variable {name}, which the scheduled run needs as well.")
    }));
    Ok(())
}

fn check_folder_of(option: &str, file: &Path) -> Result<(), Failure> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(Failure::usage(format!(
            "{option} {}: the folder {} does not exist; create it first",
            file.display(),
            folder.display()
        ))),
        _ => Ok(()),
    }
}

/// Returns an error if AWS's configuration has no such profile.
fn check_profile(cli: &Cli) -> Result<(), Failure> {
    let profile = cli.profile.clone().or_else(moonfleet_core::aws_environment::profile);
    let Some(profile) = profile.filter(|_| !cli.sandbox) else { return Ok(()) };
    let known = block_on(Session::new(cli.session_settings(), Hooks::default()).profiles()).map_err(Failure::from)?;
    if known.contains(&profile) {
        return Ok(());
    }
    let hint = match suggest::nearest(&profile, known.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => "add it to AWS's configuration first".to_owned(),
    };
    Err(Failure::usage(format!("--profile: there is no profile '{profile}'; {hint}")))
}
