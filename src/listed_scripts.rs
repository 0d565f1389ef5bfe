//! The scripts of the library and of the current folder.

use std::fs;

use moonfleet_core::{Failure, Map, Value};
use moonfleet_lua::script::{HeaderFacts, read_header};

use crate::assets;
use crate::contained::headers;

struct ListedScript {
    name: String,
    facts: HeaderFacts,
}

/// Returns the scripts of the library, sorted by name.
fn of_library() -> impl Iterator<Item = ListedScript> {
    let named = assets::script_names().into_iter();
    named.filter_map(|name| listed(read_header(&assets::script(&name)?, None), name))
}

/// Returns the scripts of this folder, sorted by name. A file without a header is skipped.
fn of_folder() -> impl Iterator<Item = ListedScript> {
    let mut own: Vec<String> = fs::read_dir(".")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".lua") && !name.ends_with("_test.lua"))
        .collect();
    own.sort();
    let (sources, own): (Vec<_>, Vec<_>) =
        own.into_iter().filter_map(|name| Some((fs::read(&name).ok()?, format!("./{name}")))).unzip();
    headers(sources).into_iter().zip(own).filter_map(|(header, name)| listed(header, name))
}

fn listed(header: Result<Option<HeaderFacts>, Failure>, name: String) -> Option<ListedScript> {
    match header {
        Ok(facts) => facts.map(|facts| ListedScript { name, facts }),
        Err(problem) => {
            tracing::warn!("{name} is not listed: {problem}");
            None
        }
    }
}

/// Returns the services that the scripts of this folder declare in their headers.
pub(crate) fn declared_services() -> Vec<String> {
    of_folder().flat_map(|script| script.facts.services).collect()
}

/// Returns the scripts that contain all of the words, as rows.
pub(crate) fn rows(words: &[String]) -> Vec<Value> {
    of_library().chain(of_folder()).filter(|script| script.contains(words)).map(|script| script.row()).collect()
}

impl ListedScript {
    /// Whether all of the words occur in the name or the header, in any case.
    fn contains(&self, words: &[String]) -> bool {
        let services = self.facts.services.join(" ");
        let mut text = format!("{} {} {services} {}", self.name, self.facts.risk, self.facts.summary);
        for argument in &self.facts.args {
            text += &format!(" {} {}", argument.name, argument.help);
        }
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(&word.to_lowercase()))
    }

    fn row(&self) -> Value {
        let risk = self.facts.risk.to_string();
        let fields = [("name", self.name.as_str()), ("risk", &risk), ("summary", &self.facts.summary)];
        Value::Map(Map(fields.map(|(name, value)| (name.to_owned(), Value::from(value))).to_vec()))
    }
}
