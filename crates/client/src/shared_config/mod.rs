//! AWS's shared configuration: `~/.aws/config` and `~/.aws/credentials`, read as boto3 reads them. The SDK's own
//! reader refuses or ignores parts of files that AWS's tools read, so it gets the text that [`for_sdk`] writes.

mod checks;
mod for_sdk;
mod ini;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, io};

use aws_smithy_types::retry::RetryConfig;
use moonfleet_core::aws_environment::{self, variable};
use moonfleet_core::{Error, arn, suggest};

use crate::profile_accounts::account_of_access_key;

pub(crate) use self::checks::{check_endpoints, check_environment, usable_url};
pub(crate) use self::for_sdk::PROFILE;
use self::ini::{Section, Setting, Value};
pub(crate) use self::source::{NamedSource, Source, credential_source};

const DEFAULT: &str = "default";
/// A mode of retries that AWS's tools know, and the SDK does not.
pub(crate) const LEGACY: &str = "legacy";

/// The settings of both files.
#[derive(Debug, Default)]
pub(crate) struct SharedConfig {
    profiles: BTreeMap<String, Profile>,
    sso_sessions: BTreeMap<String, Settings>,
    services: BTreeMap<String, Settings>,
}

/// A profile. The credentials file goes first, but keys are read from one file.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    name: String,
    config: Settings,
    credentials: Settings,
}

/// The settings of a section, by key.
type Settings = BTreeMap<String, Placed>;

/// A setting, and the file that it comes from.
#[derive(Clone, Debug)]
struct Placed {
    setting: Setting,
    file: Arc<Path>,
}

impl SharedConfig {
    /// Reads both files. A missing file is empty; one that cannot be read or parsed is an error.
    pub(crate) fn read() -> Result<Self, Error> {
        let mut all = SharedConfig::default();
        if let Some((file, sections)) = read_file("AWS_CONFIG_FILE", ".aws/config")? {
            sections.into_iter().for_each(|section| all.add_config(&file, section));
        }
        if let Some((file, sections)) = read_file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")? {
            for section in sections {
                // Each section is a profile, whose name is not quoted.
                let settings = placed(&file, section.settings);
                all.profile_mut(section.header).credentials = settings;
            }
        }
        Ok(all)
    }

    fn add_config(&mut self, file: &Arc<Path>, section: Section) {
        let Section { header, settings } = section;
        let settings = placed(file, settings);
        if header == DEFAULT {
            self.profile_mut(header).config = settings;
            return;
        }
        // boto3 ignores other sections too.
        let Some([kind, name]) = shlex::split(&header).and_then(|words| <[String; 2]>::try_from(words).ok()) else {
            return;
        };
        match kind.as_str() {
            "profile" => self.profile_mut(name).config = settings,
            "sso-session" => drop(self.sso_sessions.insert(name, settings)),
            "services" => drop(self.services.insert(name, settings)),
            _ => {}
        }
    }

    fn profile_mut(&mut self, name: String) -> &mut Profile {
        self.profiles.entry(name).or_insert_with_key(|name| Profile { name: name.clone(), ..Profile::default() })
    }

    /// Returns the region of the environment or the profile.
    pub(crate) fn region(profile: Option<&Profile>) -> Option<String> {
        aws_environment::region().or_else(|| profile?.get("region").map(str::to_owned))
    }

    /// Returns the file with the only certificates to trust, if the environment or the profile names one.
    pub(crate) fn ca_bundle(profile: Option<&Profile>) -> Option<PathBuf> {
        let file = variable("AWS_CA_BUNDLE").or_else(|| profile?.get("ca_bundle").map(str::to_owned));
        file.map(|file| expanded(&file))
    }

    /// Returns the retries of the mode `legacy`, which the SDK does not know: those of `standard`.
    pub(crate) fn legacy_retries(profile: Option<&Profile>) -> Option<RetryConfig> {
        let setting =
            |variable_name: &str, key: &str| variable(variable_name).or_else(|| profile?.get(key).map(str::to_owned));
        setting("AWS_RETRY_MODE", "retry_mode").filter(|mode| mode == LEGACY)?;
        let attempts = setting("AWS_MAX_ATTEMPTS", "max_attempts").and_then(|attempts| attempts.parse().ok());
        let standard = RetryConfig::standard();
        Some(attempts.map_or(standard.clone(), |attempts| standard.with_max_attempts(attempts)))
    }

    /// Returns the names of all profiles, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Returns the profiles whose account their settings tell: by a role, by SSO or by an access key.
    pub(crate) fn accounts(&self) -> Vec<(String, String)> {
        let account = |profile: &Profile| {
            let of_role = || arn::account(profile.get("role_arn")?).map(str::to_owned);
            let of_sso = || profile.get("sso_account_id").map(str::to_owned);
            let of_key = || account_of_access_key(profile.get(source::ACCESS_KEY)?);
            of_role().or_else(of_sso).or_else(of_key)
        };
        self.profiles.iter().filter_map(|(name, profile)| Some((name.clone(), account(profile)?))).collect()
    }

    /// Returns the profile of a session: the chosen one, the environment's, or `default`. `None` if there is no
    /// default profile; another profile must exist.
    pub(crate) fn selected(&self, chosen: Option<&str>) -> Result<Option<&Profile>, Error> {
        let named = chosen.map(str::to_owned).or_else(aws_environment::profile);
        match named {
            Some(name) => self.profiles.get(&name).map(Some).ok_or_else(|| unknown(&name, self.names())),
            None => Ok(self.profiles.get(DEFAULT)),
        }
    }
}

impl Profile {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn placed(&self, key: &str) -> Option<&Placed> {
        self.credentials.get(key).or_else(|| self.config.get(key))
    }

    /// Returns a setting, which may be empty.
    fn set(&self, key: &str) -> Option<&str> {
        self.placed(key).map(Placed::text)
    }

    /// Returns a setting. An empty one is not set.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.set(key).filter(|text| !text.is_empty())
    }

    /// Describes a setting for messages: `region = x in the profile 'y' of ~/.aws/config`.
    pub(crate) fn described(&self, key: &str) -> String {
        let Some(placed) = self.placed(key) else { return format!("the profile '{}'", self.name) };
        let (value, file) = (placed.text(), placed.file.display());
        format!("{key} = {value} in the profile '{}' of {file}", self.name)
    }

    /// Returns the settings of both files.
    fn settings(&self) -> impl Iterator<Item = (&str, &Placed)> {
        let from_config = self.config.iter().filter(|(key, _)| !self.credentials.contains_key(*key));
        self.credentials.iter().chain(from_config).map(|(key, placed)| (key.as_str(), placed))
    }
}

impl Placed {
    fn is_empty(&self) -> bool {
        match &self.setting.value {
            Value::Text(text) => text.is_empty(),
            Value::Nested(nested) => nested.is_empty(),
        }
    }

    /// Returns the text of a setting; an indented block has none.
    fn text(&self) -> &str {
        match &self.setting.value {
            Value::Text(text) => text,
            Value::Nested(_) => "",
        }
    }
}

fn placed(file: &Arc<Path>, settings: Vec<Setting>) -> Settings {
    let place = |setting: Setting| (setting.key.clone(), Placed { setting, file: file.clone() });
    settings.into_iter().map(place).collect()
}

/// A path and its sections.
type ParsedFile = (Arc<Path>, Vec<Section>);

/// Reads the file that the variable names, or the one below the home folder. `None` if there is no such file.
/// Bytes that are not UTF-8 are replaced, because they may be in a comment.
fn read_file(variable: &str, default: &str) -> Result<Option<ParsedFile>, Error> {
    let path = match env::var_os(variable) {
        Some(path) if path.is_empty() => return Ok(None),
        Some(path) => expanded(&path.to_string_lossy()),
        None => home().join(default),
    };
    let cannot =
        |problem: String| bad(format!("cannot read AWS's shared configuration: {}: {problem}", path.display()));
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(cannot(e.to_string())),
    };
    let sections = ini::parse(&String::from_utf8_lossy(&bytes)).map_err(|e| cannot(e.to_string()))?;
    Ok(Some((path.into(), sections)))
}

fn home() -> PathBuf {
    etcetera::home_dir().unwrap_or_default()
}

/// Replaces `$NAME`, `${NAME}` and a leading `~` in a path, as Python's `expandvars` and `expanduser` do.
pub(crate) fn expanded(path: &str) -> PathBuf {
    let mut text = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        let braced = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, remaining) = braced.unwrap_or_else(|| after.split_at(end));
        match env::var(name) {
            Ok(value) if !name.is_empty() => text.push_str(&value),
            _ => text.push_str(&rest[before.len()..rest.len() - remaining.len()]),
        }
        rest = remaining;
    }
    text.push_str(rest);
    match text.strip_prefix('~') {
        Some("") => home(),
        Some(below) if below.starts_with('/') => home().join(below.trim_start_matches('/')),
        _ => PathBuf::from(text),
    }
}

pub(crate) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let hint = match suggest::nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None if known.is_empty() => "there are no profiles".to_owned(),
        None => format!("the profiles are {}", known.join(", ")),
    };
    bad(format!("there is no profile '{name}'; {hint}"))
}

pub(crate) fn bad(problem: String) -> Error {
    Error::new("BadConfiguration", problem)
}
