//! The options of moonfleet on this command line, for the scheduled command line: with absolute paths.

use std::any::TypeId;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use moonfleet_core::Failure;

/// Returns the given options in the order of the help. Hidden options, such as the sandbox's time, are not
/// forwarded.
pub(super) fn options(command: &Command, matches: &ArgMatches) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    for option in command.get_arguments().filter(|option| option.get_long().is_some() && !option.is_hide_set()) {
        if matches.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine) {
            words.extend(option_words(option, matches)?);
        }
    }
    Ok(words)
}

fn option_words(option: &Arg, matches: &ArgMatches) -> Result<Vec<String>, Failure> {
    let (id, name) = (option.get_id().as_str(), format!("--{}", option.get_long().unwrap_or_default()));
    match option.get_action() {
        ArgAction::SetTrue => return Ok(vec![name]),
        ArgAction::Count => return Ok(vec![name; matches.get_count(id).into()]),
        _ => {}
    }
    let mut words = Vec::new();
    for value in matches.get_raw(id).into_iter().flatten() {
        let value = match is_path(option.get_value_parser()) && value != "-" {
            true => absolute(Path::new(value))?,
            false => text(value, &name)?,
        };
        match (option.is_require_equals_set(), value.is_empty()) {
            (true, true) => words.push(name.clone()),
            (true, false) => words.push(format!("{name}={value}")),
            (false, _) => words.extend([name.clone(), value]),
        }
    }
    Ok(words)
}

fn is_path(parser: &ValueParser) -> bool {
    parser.type_id() == TypeId::of::<PathBuf>()
}

/// Returns the absolute path as text.
pub(super) fn absolute(path: &Path) -> Result<String, Failure> {
    let absolute = std::path::absolute(path);
    let absolute =
        absolute.map_err(|e| Failure::usage(format!("cannot make the path '{}' absolute: {e}", path.display())))?;
    text(absolute.as_os_str(), "a path")
}

/// Converts a value to text. Returns an error if it is not UTF-8, because crontabs and units are text.
pub(super) fn text(value: &OsStr, name: &str) -> Result<String, Failure> {
    let text = value.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::usage(format!("{name} is not UTF-8, which a crontab or a unit cannot hold")))
}
