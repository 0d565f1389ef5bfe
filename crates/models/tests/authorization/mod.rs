//! AWS's Service Authorization Reference, and lists that a test keeps.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The access level of each action, by `prefix:Action`. The reference lists some prefixes in pieces, and its names do not
/// always have the capitals of the API; IAM ignores them.
pub(crate) struct Reference(BTreeMap<String, String>);

impl Reference {
    pub(crate) fn read() -> Self {
        let mut levels = BTreeMap::new();
        let mut prefix = "";
        let text = fs::read_to_string(root().join("data/iam-actions.txt")).expect("the file exists");
        for line in text.lines() {
            match line.strip_prefix(' ') {
                None => prefix = line,
                Some(action) => {
                    let (name, level) = action.split_once(' ').expect("a name and a level");
                    levels.insert(format!("{prefix}:{name}").to_lowercase(), level.to_owned());
                }
            }
        }
        Reference(levels)
    }

    /// Returns the access level of an action, or of the first one that a pattern with `*` at its end means, by name.
    pub(crate) fn level(&self, action: &str) -> Option<&str> {
        let action = action.to_lowercase();
        match action.strip_suffix('*') {
            None => self.0.get(&action).map(String::as_str),
            Some(start) => self.0.iter().find(|(name, _)| name.starts_with(start)).map(|(_, level)| &**level),
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares lines with a file of the crate, or writes it with `INSTA_UPDATE=always`, as insta does.
pub(crate) fn golden(file: &str, lines: &[String]) {
    let path = root().join(file);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    if std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        fs::write(&path, &text).expect("the folder can be written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let added: Vec<&str> = text.lines().filter(|line| !known.lines().any(|known| known == *line)).collect();
    let gone: Vec<&str> = known.lines().filter(|line| !text.lines().any(|new| new == *line)).collect();
    assert!(
        known == text,
        "crates/models/{file} differs; new: {added:#?}; gone: {gone:#?}; decide about them, then \
         INSTA_UPDATE=always cargo test -p moonfleet-models"
    );
}
