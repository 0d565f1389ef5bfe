//! Texts of the settings that nobody should read there: what a command prints, an environment
//! variable or a file has. A password does not stand in the settings themselves.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use moonfleet_core::known_secrets::remember;
use moonfleet_core::sanitize;
use serde::Deserialize;

/// As it is, or where it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum SettingText {
    Plain(String),
    Hidden(SecretSource),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SecretSource {
    Command(String),
    Env(String),
    File(PathBuf),
}

impl SettingText {
    pub fn read(&self) -> Result<String, String> {
        match self {
            SettingText::Plain(text) => Ok(text.clone()),
            SettingText::Hidden(hidden) => hidden.read(),
        }
    }
}

impl SecretSource {
    /// The text without the end of its line; from here on it is known to be secret.
    pub fn read(&self) -> Result<String, String> {
        let text = match self {
            SecretSource::Command(command) => printed(command)?,
            SecretSource::Env(name) => {
                env::var(name).map_err(|_| format!("the environment variable {name} is not set, or is no text"))?
            }
            SecretSource::File(path) => {
                fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?
            }
        };
        let text = text.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            return Err(format!("{} gives an empty text", self.describe_source()));
        }
        remember(text.as_bytes());
        Ok(text.to_owned())
    }

    fn describe_source(&self) -> String {
        match self {
            SecretSource::Command(_) => "the command".to_owned(),
            SecretSource::Env(name) => format!("the environment variable {name}"),
            SecretSource::File(path) => path.display().to_string(),
        }
    }
}

/// Its standard error is not ours: whoever waits for the end of that would wait for the command
/// too, also when our time is up.
fn printed(command: &str) -> Result<String, String> {
    let output = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output();
    let output = output.map_err(|e| format!("the command cannot be run: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().rfind(|line| !line.trim().is_empty());
        let said = said.map(|line| format!(": {}", sanitize::line(line))).unwrap_or_default();
        return Err(format!("the command failed ({}){said}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| "what the command prints is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<String, String> {
        let table: toml::Table = toml.parse().unwrap();
        SettingText::deserialize(table["x"].clone()).map_err(|e| e.to_string())?.read()
    }

    #[test]
    fn texts_come_from_where_they_are() {
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
            ("x = { command = 'true' }", "gives an empty text"),
            ("x = { env = 'MOONFLEET_ABSENT' }", "MOONFLEET_ABSENT is not set"),
            ("x = { file = '/absent' }", "cannot read /absent"),
            ("x = { keyring = 'y' }", "did not match"),
        ] {
            let problem = read(wrong).expect_err(wrong);
            assert!(problem.contains(part), "{wrong}: {problem}");
        }
    }
}
