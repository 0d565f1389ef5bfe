//! The user's settings: `settings.toml` in the configuration folder, with a section for
//! each AWS profile that needs other rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::ValueEnum;
use etcetera::BaseStrategy;
use moonfleet_engine::guard::{Rules, UserRules};
use moonfleet_report::Format;
use serde::Deserialize;

use crate::cli::Color;
use crate::deliver::{DeliverySettings, Smtp};

#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub output: Option<Format>,
    pub color: Option<Color>,
    /// The program that shows results longer than the screen; "" prints them without a pager.
    pub pager: Option<String>,
    /// The template of HTML reports.
    pub template: Option<PathBuf>,
    pub rules: UserRules,
    /// Destinations of reports.
    pub delivery: DeliverySettings,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("cannot read the settings {}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("the settings {} are invalid: {problem}", path.display())]
    Invalid { path: PathBuf, problem: String },
}

/// Returns the folder of the user's configuration; `None` if there is no home folder.
pub fn folder() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("moonfleet"))
}

/// Reads the settings; no file means the defaults. Invalid settings are an error, because they may contain rules
/// that protect resources.
pub fn load() -> Result<Settings, SettingsError> {
    let Some(path) = folder().map(|folder| folder.join("settings.toml")) else { return Ok(Settings::default()) };
    match fs::read_to_string(&path) {
        Ok(text) => {
            parse(&text).map_err(|problem| SettingsError::Invalid { path, problem: problem.trim_end().to_owned() })
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(cause) => Err(SettingsError::Unreadable { path, cause }),
    }
}

fn parse(text: &str) -> Result<Settings, String> {
    let mut all: toml::Table = text.parse().map_err(|e| syntax_error(text, &e))?;
    let output = all.remove("output").map(choice).transpose().map_err(|e| format!("output: {e}"))?;
    let color = all.remove("color").map(choice).transpose().map_err(|e| format!("color: {e}"))?;
    let pager = all.remove("pager").map(String::deserialize).transpose();
    let pager = pager.map_err(|e| format!("pager: {}", e.message()))?;
    let template = all.remove("template").map(PathBuf::deserialize).transpose();
    let template = template.map_err(|e| format!("template: {}", e.message()))?;
    let profiles = all.remove("profile").unwrap_or_else(|| toml::Table::new().into());
    let profiles = BTreeMap::deserialize(profiles).map_err(|e| format!("profile: {}", line(&e)))?;
    let smtp = all
        .remove("smtp")
        .map(Smtp::deserialize)
        .transpose()
        .map_err(|e| format!("smtp: {}", line_without_value(&e)))?;
    let named = all.remove("deliver").unwrap_or_else(|| toml::Table::new().into());
    let named = BTreeMap::deserialize(named).map_err(|e| format!("deliver: {}", line_without_value(&e)))?;
    let delivery = DeliverySettings { smtp, named };
    let general = Rules::deserialize(all).map_err(|e| line(&e))?;
    let rules = UserRules { general, profiles, file: file() };
    Ok(Settings { output, color, pager, template, rules, delivery })
}

/// Returns the error with its line and column, on one line. The error's own text shows the line of the file, which
/// can hold a secret: the address of a webhook, or a header.
fn syntax_error(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let position = before.map_or(String::new(), |before| {
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("line {line}, column {column}: ")
    });
    format!("{position}{}", error.message().trim_end().replace('\n', " "))
}

/// Returns the error with its key, on one line.
fn line(error: &toml::de::Error) -> String {
    error.to_string().trim_end().replace('\n', " ")
}

/// Returns the error with its key, on one line and without a text of the settings, which can be a secret: the address
/// of a webhook, or a header.
fn line_without_value(error: &toml::de::Error) -> String {
    let line = line(error);
    match (line.find(": string \""), line.rfind("\", expected ")) {
        (Some(start), Some(end)) if start < end => format!("{}: a text{}", &line[..start], &line[end + 1..]),
        _ => line,
    }
}

/// Converts a text into one of the values that the command line accepts.
fn choice<T: ValueEnum>(value: toml::Value) -> Result<T, String> {
    let text = value.as_str().ok_or_else(|| format!("expected text, got a {}", value.type_str()))?;
    T::from_str(text, false).map_err(|_| {
        let known = T::value_variants().iter().filter_map(T::to_possible_value);
        let known: Vec<String> = known.map(|value| value.get_name().to_owned()).collect();
        format!("{text:?} is not one of {}", known.join(", "))
    })
}

/// Returns the path of the settings for messages, whether or not the file exists.
pub fn file() -> String {
    let file = folder().map(|folder| folder.join("settings.toml"));
    file.as_deref().unwrap_or(Path::new("settings.toml")).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use moonfleet_engine::guard::MaxTargets;

    #[test]
    fn errors_of_deliveries_do_not_show_values() {
        for (text, shown) in [
            ("[smtp]\nserver = 'a'\nfrom = 'b'\npassword = 'hunter2'", "smtp: expected a reference to a secret"),
            ("[deliver]\nops = 'https://hunter2'", "deliver: invalid type: a text, expected struct Destination"),
            ("[deliver.ops]\nheaders = 'hunter2'", "deliver: invalid type: a text, expected a map in `ops.headers`"),
            ("[deliver.ops]\nwebhook = 'https://hunter2", "line 2, column "),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(shown) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn a_profile_can_be_stricter_but_not_less_strict() {
        let settings = parse(
            "output = 'json'\npager = ''\nmax_targets = '10%'\nblocked_accounts = ['123456789012']\n\
             [profile.prod]\nread_only = true\nmax_targets = 3\nblocked_accounts = ['210987654321']\n\
             [profile.test]\nread_only = false\n",
        );
        let settings = settings.expect("valid settings");
        assert_eq!(settings.output, Some(Format::Json));
        assert_eq!(settings.pager.as_deref(), Some(""));
        let prod = settings.rules.for_profile(Some("prod"));
        assert!(prod.read_only && prod.blocks("123456789012") && prod.blocks("210987654321"));
        assert_eq!(prod.max_targets, MaxTargets { count: Some(3), percent: Some(10) });
        let test = settings.rules.for_profile(Some("test"));
        assert!(!test.read_only && test.blocks("123456789012") && !test.blocks("210987654321"));
        assert_eq!(test.max_targets, MaxTargets { count: None, percent: Some(10) });
    }

    #[test]
    fn errors_name_the_key_and_the_problem() {
        for (text, part) in [
            ("read_onyl = true", "read_onyl"),
            ("output = 'jsn'", "output: \"jsn\" is not one of table, json"),
            ("color = 3", "color: expected text"),
            ("pager = false", "pager: "),
            ("blocked_accounts = ['prod']", "twelve digits"),
            ("blocked_accounts = [123456789012]", "expected a string"),
            ("max_targets = 'many'", "10%"),
            ("max_targets = '101%'", "10%"),
            ("max_targets = -1", "10%"),
            ("[profile.prod]\nread_onyl = true", "profile: unknown field `read_onyl`"),
            ("confirm = 'never'", "confirm"),
            ("[smtp]\nserver = 'smtp://x'", "smtp: missing field `from`"),
            ("[smtp]\nserver = 'smtp://x'\nfrom = 'a@b'\npassword = 'hunter2'", "password"),
            ("[deliver.ops]\nwebook = 'https://x'", "deliver: unknown field `webook`"),
            ("[deliver.ops]\nwebhook = 'https://x'\nsend = 'pdf'", "send: use \"text\", \"summary\" or a format"),
            ("[deliver.ops]\nmail = ['a@b']\ntimeout = 'long'", "timeout: "),
            ("read_only", "line 1"),
        ] {
            let problem = parse(text).expect_err(text);
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }
}
