//! Secrets that the settings refer to: the output of a command, an environment variable, or a file. The settings
//! themselves contain no password.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use moonfleet_core::known_secrets::remember;
use moonfleet_core::sanitize;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A text in the settings, or a reference to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum SettingText {
    Plain(String),
    Secret(SecretSource),
}

#[derive(Clone, Debug)]
pub enum SecretSource {
    Command(String),
    Env(String),
    File(PathBuf),
}

impl<'de> Deserialize<'de> for SecretSource {
    /// Errors do not show the value, which can be the secret itself.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(from)?;
        let entry = value.as_table().filter(|table| table.len() == 1).and_then(|table| table.iter().next());
        let Some((kind, text)) = entry.and_then(|(kind, text)| Some((kind.as_str(), text.as_str()?.to_owned()))) else {
            return Err(D::Error::custom(EXPECTED));
        };
        match kind {
            "command" => Ok(SecretSource::Command(text)),
            "env" => Ok(SecretSource::Env(text)),
            "file" => Ok(SecretSource::File(text.into())),
            _ => Err(D::Error::custom(EXPECTED)),
        }
    }
}

const EXPECTED: &str =
    "expected a reference to a secret: { command = \"…\" }, { env = \"NAME\" } or { file = \"PATH\" }";

impl SettingText {
    pub fn read(&self) -> Result<String, String> {
        match self {
            SettingText::Plain(text) => Ok(text.clone()),
            SettingText::Secret(source) => source.read(),
        }
    }
}

impl SecretSource {
    /// Reads the text without the line break at its end, and remembers it as a known secret.
    pub fn read(&self) -> Result<String, String> {
        let text = match self {
            SecretSource::Command(command) => output_of(command)?,
            SecretSource::Env(name) => {
                env::var(name).map_err(|_| format!("the environment variable {name} is not set, or is not UTF-8"))?
            }
            SecretSource::File(path) => {
                fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?
            }
        };
        let text = text.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            return Err(format!("{} is empty", self.describe_source()));
        }
        remember(text.as_bytes());
        Ok(text.to_owned())
    }

    fn describe_source(&self) -> String {
        match self {
            SecretSource::Command(_) => "the output of the command".to_owned(),
            SecretSource::Env(name) => format!("the environment variable {name}"),
            SecretSource::File(path) => path.display().to_string(),
        }
    }
}

/// Returns the standard output of a command. Its standard error is captured instead of inherited: a program that reads
/// moonfleet's standard error to the end would otherwise wait for the command too, even after our timeout.
fn output_of(command: &str) -> Result<String, String> {
    let output = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output();
    let output = output.map_err(|e| format!("cannot run the command: {e}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last_line = stderr.lines().rfind(|line| !line.trim().is_empty());
        let last_line = last_line.map(|line| format!(": {}", sanitize::line(line))).unwrap_or_default();
        return Err(format!("the command failed ({}){last_line}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| "the output of the command is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<String, String> {
        let table: toml::Table = toml.parse().unwrap();
        SettingText::deserialize(table["x"].clone()).map_err(|e| e.to_string())?.read()
    }

    #[test]
    fn secrets_are_read_from_their_sources() {
        assert_eq!(read("x = 'plain'").unwrap(), "plain");
        assert_eq!(read("x = { command = 'printf \"hunter %s\\n\" two' }").unwrap(), "hunter two");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "from a file\r\n").unwrap();
        assert_eq!(read(&format!("x = {{ file = '{}' }}", file.display())).unwrap(), "from a file");
        assert!(
            moonfleet_core::known_secrets::is_known_in("hunter two")
                && moonfleet_core::known_secrets::is_known_in("from a file")
        );
        for (wrong, part) in [
            ("x = { command = 'echo no such key >&2; exit 3' }", "the command failed (exit status: 3): no such key"),
            ("x = { command = 'true' }", "the output of the command is empty"),
            ("x = { env = 'MOONFLEET_ABSENT' }", "MOONFLEET_ABSENT is not set"),
            ("x = { file = '/absent' }", "cannot read /absent"),
            ("x = { keyring = 'y' }", "did not match"),
        ] {
            let problem = read(wrong).expect_err(wrong);
            assert!(problem.contains(part), "{wrong}: {problem}");
        }
    }
}
