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

/// Returns the scripts of the library, then those of this folder, each sorted by name. A file without a
/// header is skipped.
fn scripts() -> Vec<ListedScript> {
    let library = assets::script_names().into_iter();
    let library = library.filter_map(|name| Some((read_header(&assets::script(&name)?, None), name)));
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
    let own = headers(sources).into_iter().zip(own);
    let listed = |(header, name): (Result<Option<HeaderFacts>, Failure>, String)| match header {
        Ok(facts) => facts.map(|facts| ListedScript { name, facts }),
        Err(problem) => {
            tracing::warn!("{name} is not listed: {problem}");
            None
        }
    };
    library.chain(own).filter_map(listed).collect()
}

/// Returns the scripts that contain all of the words, as rows.
pub(crate) fn rows(words: &[String]) -> Vec<Value> {
    scripts().iter().filter(|script| script.contains(words)).map(ListedScript::row).collect()
}

impl ListedScript {
    /// Whether all of the words occur in the name or the header, in any case.
    fn contains(&self, words: &[String]) -> bool {
        let mut text = format!("{} {} {}", self.name, self.facts.risk, self.facts.summary);
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
