//! The names of the findings that a run can report. `--fail-on` is checked against them before the run: a condition
//! that no finding can meet would make a check that never fails.

use std::collections::BTreeSet;

use moonfleet_core::suggest;
use moonfleet_lua::script::{HeaderFacts, read_header};
use moonfleet_lua::tokens::{TokenKind, tokens};
use wildmatch::WildMatch;

use super::condition::severity_names;
use crate::assets;

/// A script or a chunk, as far as it is known before the run.
#[derive(Clone, Copy)]
pub struct Examined<'a> {
    pub source: &'a [u8],
    /// The header; `None` for a chunk and for a script without a header.
    pub header: Option<&'a HeaderFacts>,
}

impl Examined<'_> {
    /// Returns an error if the script declares that it has no findings.
    pub(super) fn check_has_findings(&self) -> Result<(), String> {
        match self.header {
            Some(header) if header.findings.is_empty() => {
                Err("the script declares no findings; list them in its header: findings = { \"open-port\" }".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Returns an error if no finding of the run can have a name that matches.
    pub(super) fn check_name(&self, name: &str) -> Result<(), String> {
        self.check_has_findings()?;
        let known = self.names();
        let pattern = WildMatch::new(name);
        if known.iter().any(|known| pattern.matches(known)) {
            return Ok(());
        }
        let nearest = suggest::nearest(name, severity_names().into_iter().chain(known.iter().map(String::as_str)));
        let hint = match (nearest, self.header) {
            (Some(nearest), _) => format!("did you mean '{nearest}'?"),
            (None, Some(header)) => format!("use a severity or one of {}", header.findings.join(", ")),
            (None, None) => {
                "neither the library nor the chunk has this name; a header can declare names: findings = { … }"
                    .to_owned()
            }
        };
        Err(format!("there is no finding '{name}'; {hint}"))
    }

    /// Returns the declared findings. Without a header, those of the library's scripts, and all texts in the source:
    /// any of them can be a name.
    fn names(&self) -> BTreeSet<String> {
        match self.header {
            Some(header) => header.findings.iter().cloned().collect(),
            None => of_library().into_iter().chain(texts(self.source)).collect(),
        }
    }
}

fn of_library() -> Vec<String> {
    let scripts = assets::script_names().into_iter().filter_map(|name| assets::script(&name));
    let headers = scripts.filter_map(|source| read_header(&source, None).ok().flatten());
    headers.flat_map(|header| header.findings).collect()
}

fn texts(source: &[u8]) -> Vec<String> {
    let source = String::from_utf8_lossy(source);
    let all = tokens(&source);
    let texts = all.iter().filter(|token| matches!(token.kind, TokenKind::Text(_)));
    texts.map(|token| token.content().to_owned()).collect()
}
