//! File names with placeholders, for example `reports/{date}-{account}.html`.

use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;
use moonfleet_core::suggest;

/// The values of the placeholders.
pub(super) struct PlaceholderValues {
    pub started: ZonedDateTime,
    pub script: String,
    pub profile: String,
    /// `None` if AWS was not asked for it.
    pub account: Option<String>,
    pub region: Option<String>,
}

const KNOWN: [&str; 6] = ["date", "time", "account", "region", "profile", "script"];

/// The file of a pattern, and the pattern's deepest folder without a placeholder. That folder must exist; those
/// below it are created when they are needed.
pub(super) struct Expanded {
    pub path: PathBuf,
    pub fixed: PathBuf,
    /// Whether the name has placeholders.
    pub is_pattern: bool,
}

pub(super) fn expand(pattern: &Path, facts: &PlaceholderValues) -> Result<Expanded, String> {
    let text = pattern.to_str().ok_or("the name of the file is not UTF-8")?;
    let path = PathBuf::from(filled(text, |name| facts.value(name))?);
    let folder = pattern.parent().unwrap_or(Path::new(""));
    let is_fixed = |part: &&Path| !part.to_string_lossy().contains('{');
    let fixed = folder.ancestors().find(is_fixed).unwrap_or(Path::new("")).to_owned();
    Ok(Expanded { is_pattern: path != pattern, path, fixed })
}

/// Returns the placeholders of a pattern, or an error for an unknown one.
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
        let (name, after) = after.split_once('}').ok_or("a { has no closing }")?;
        if !KNOWN.contains(&name) {
            return Err(match suggest::nearest(name, KNOWN) {
                Some(nearest) => format!("unknown placeholder {{{name}}}; did you mean {{{nearest}}}?"),
                None => format!("unknown placeholder {{{name}}}; use {{{}}}", KNOWN.join("}, {")),
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
            "date" => self.started.strftime("%F").to_string(),
            // Other systems do not allow colons in file names.
            "time" => self.started.strftime("%H-%M-%S").to_string(),
            "account" => known(&self.account)?,
            "region" => known(&self.region)?,
            "profile" => self.profile.clone(),
            _ => self.script.clone(),
        };
        // A value must not add folders to the path.
        let safe: String = text.chars().map(|c| if "/\\:\0".contains(c) || c.is_control() { '-' } else { c }).collect();
        Ok(if safe.starts_with('.') { safe.replacen('.', "-", 1) } else { safe })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> PlaceholderValues {
        PlaceholderValues {
            started: "2026-11-25T06:05:04+01:00[Europe/Berlin]".parse().unwrap(),
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
    fn placeholders_are_replaced() {
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
    fn unknown_placeholders_are_errors() {
        assert_eq!(expanded("{dte}.md").unwrap_err(), "unknown placeholder {dte}; did you mean {date}?");
        assert!(expanded("{x}.md").unwrap_err().contains("use {date}, {time}"));
        assert_eq!(expanded("{date.md").unwrap_err(), "a { has no closing }");
        assert_eq!(expanded("{region}.md").unwrap_err(), "the region is not known");
        assert_eq!(placeholders(Path::new("{date}/{account}.md")).unwrap(), ["date", "account"]);
    }
}
