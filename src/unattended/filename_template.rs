//! Names of files with placeholders in them: `reports/{date}-{account}.html`.

use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;
use moonfleet_core::suggest;

/// What can be put in.
pub(super) struct PlaceholderValues {
    pub begun: ZonedDateTime,
    pub script: String,
    pub profile: String,
    /// None where nobody knows.
    pub account: Option<String>,
    pub region: Option<String>,
}

const KNOWN: [&str; 6] = ["date", "time", "account", "region", "profile", "script"];

/// The file that a pattern names, and its deepest folder without a placeholder, which must be
/// there: those below it are made as days and accounts come.
pub(super) struct Expanded {
    pub path: PathBuf,
    pub fixed: PathBuf,
    /// Whether another day or account has another file.
    pub is_pattern: bool,
}

pub(super) fn expand(pattern: &Path, facts: &PlaceholderValues) -> Result<Expanded, String> {
    let text = pattern.to_str().ok_or("the name of the file is no UTF-8")?;
    let path = PathBuf::from(filled(text, |name| facts.value(name))?);
    let folder = pattern.parent().unwrap_or(Path::new(""));
    let is_fixed = |part: &&Path| !part.to_string_lossy().contains('{');
    let fixed = folder.ancestors().find(is_fixed).unwrap_or(Path::new("")).to_owned();
    Ok(Expanded { is_pattern: path != pattern, path, fixed })
}

/// The placeholders of a pattern, each checked.
pub(super) fn placeholders(pattern: &Path) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    filled(&pattern.to_string_lossy(), |name| {
        names.push(name.to_owned());
        Ok(String::new())
    })?;
    Ok(names)
}

fn filled(text: &str, mut value: impl FnMut(&str) -> Result<String, String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("a { has no }")?;
        if !KNOWN.contains(&name) {
            return Err(match suggest::nearest(name, KNOWN) {
                Some(nearest) => format!("there is no {{{name}}}; did you mean {{{nearest}}}?"),
                None => format!("there is no {{{name}}}; known are {{{}}}", KNOWN.join("}, {")),
            });
        }
        filled += before;
        filled += &value(name)?;
        rest = after;
    }
    Ok(filled + rest)
}

impl PlaceholderValues {
    fn value(&self, name: &str) -> Result<String, String> {
        let known = |fact: &Option<String>| fact.clone().ok_or_else(|| format!("the {name} is not known"));
        let text = match name {
            "date" => self.begun.strftime("%F").to_string(),
            // Colons mean something in the names of other systems' files.
            "time" => self.begun.strftime("%H-%M-%S").to_string(),
            "account" => known(&self.account)?,
            "region" => known(&self.region)?,
            "profile" => self.profile.clone(),
            _ => self.script.clone(),
        };
        // A name is one part of a path, whoever chose it.
        let safe: String = text.chars().map(|c| if "/\\:\0".contains(c) || c.is_control() { '-' } else { c }).collect();
        Ok(if safe.starts_with('.') { safe.replacen('.', "-", 1) } else { safe })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> PlaceholderValues {
        PlaceholderValues {
            begun: "2026-11-25T06:05:04+01:00[Europe/Berlin]".parse().unwrap(),
            script: "daily-report".to_owned(),
            profile: "../prod".to_owned(),
            account: Some("123456789012".to_owned()),
            region: None,
        }
    }

    fn expanded(pattern: &str) -> Result<(String, String), String> {
        let expanded = expand(Path::new(pattern), &facts())?;
        Ok((expanded.path.display().to_string(), expanded.fixed.display().to_string()))
    }

    #[test]
    fn placeholders_stand_for_what_they_say() {
        let pair = |path: &str, fixed: &str| Ok((path.to_owned(), fixed.to_owned()));
        assert_eq!(expanded("r/{date}-{account}.html"), pair("r/2026-11-25-123456789012.html", "r"));
        assert_eq!(
            expanded("/r/{account}/x/{script}.{time}.csv"),
            pair("/r/123456789012/x/daily-report.06-05-04.csv", "/r")
        );
        assert_eq!(expanded("{profile}.md"), pair("-.-prod.md", ""));
        assert_eq!(expanded("plain.md"), pair("plain.md", ""));
    }

    #[test]
    fn what_is_no_placeholder_is_told() {
        assert_eq!(expanded("{dte}.md").unwrap_err(), "there is no {dte}; did you mean {date}?");
        assert!(expanded("{x}.md").unwrap_err().contains("known are {date}, {time}"));
        assert_eq!(expanded("{date.md").unwrap_err(), "a { has no }");
        assert_eq!(expanded("{region}.md").unwrap_err(), "the region is not known");
        assert_eq!(placeholders(Path::new("{date}/{account}.md")).unwrap(), ["date", "account"]);
    }
}
