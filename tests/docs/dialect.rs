//! Searches all texts of the repository for words and phrases that earlier versions used instead of plain English.
//! CONTRIBUTING.md has the rules; this is only the part of them that a machine can check.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::support::repository;

/// Words, and phrases with a subject that names no thing.
const DIALECT: &[&str] = &[
    r"\b(nobody|somebody|everybody|anybody|whoever|whomever|whom|whatever|whereof|thereof|wherein|lest|told)\b",
    r"\bwhat (is|are|was|were|has|have|had|does|did|can|could|may|might|must|should|shall|will|would)\b",
    r"\bwhat (it|they|there|he|she|goes|comes|stands|belongs)\b",
    r"\bwhere (it|they|there|nothing|none|no|one|such|neither)\b",
    r"\b(is|are|was|be) (told|meant)\b",
    r"\b(in place of|but for|save for|that is to say|as in)\b",
    r"\bnothing else is (said|given|asked)\b",
    r"\b(stands? for|for others to)\b",
    r"\b[0-9]+ signs\b",
    r"\btest_(what|where|who)",
];

/// The parts of the repository with texts of our own. The licences are not ours, and generated declarations and
/// pictures have no texts. This file quotes the dialect.
const ROOTS: &[&str] = &["src", "crates", "stdlib", "scripts", "tests", "docs", "benches", "types", ".ci", ".github"];
const LEFT_OUT: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT", "docs/pictures", "tests/docs/dialect.rs"];
const EXTENSIONS: &[&str] = &["rs", "lua", "md", "toml", "yml", "snap", "html", "js", "css"];

/// Returns the files with texts, as paths from the root of the repository.
fn files() -> Vec<PathBuf> {
    let root = repository();
    let mut folders: Vec<PathBuf> = ROOTS.iter().map(|folder| root.join(folder)).collect();
    let mut files: Vec<PathBuf> =
        fs::read_dir(root).expect("the repository").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.is_file());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let is_text = |path: &Path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_none_or(|extension| EXTENSIONS.contains(&extension))
            && !LEFT_OUT.iter().any(|left_out| path.starts_with(left_out))
    };
    let mut files: Vec<PathBuf> =
        files.iter().map(|path| path.strip_prefix(root).expect("it is in the repository").to_owned()).collect();
    files.retain(|path| is_text(path));
    files.sort();
    files
}

/// Returns the phrases of the dialect in a line.
fn phrases<'a>(dialect: &Regex, line: &'a str) -> Vec<&'a str> {
    dialect.find_iter(line).map(|found| found.as_str()).collect()
}

fn dialect() -> Regex {
    Regex::new(&format!("(?i){}", DIALECT.join("|"))).expect("a regular expression")
}

#[test]
fn texts_have_no_phrase_of_the_dialect() {
    let dialect = dialect();
    let mut found = Vec::new();
    let files = files();
    assert!(files.len() > 500, "only {} files", files.len());
    for file in files {
        // Files of other encodings, such as test data that is not UTF-8, have no prose.
        let Ok(text) = fs::read_to_string(repository().join(&file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            for phrase in phrases(&dialect, line) {
                found.push(format!("{}:{}: {phrase:?} in {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{} phrases:\n{}", found.len(), found.join("\n"));
}

#[test]
fn phrases_of_the_dialect_are_found() {
    let dialect = dialect();
    for line in [
        "Ask nobody: what destroys is meant",
        "What is throttled is waited out",
        "Where it is not ok, the process ends",
        "in place of standard output",
        "Passwords may have 8 signs",
        "local function test_what_is_idle()",
    ] {
        assert!(!phrases(&dialect, line).is_empty(), "{line}");
    }
    for line in ["Skip confirmation prompts.", "Signs the request.", "the folder where reports are written"] {
        assert_eq!(phrases(&dialect, line), Vec::<&str>::new(), "{line}");
    }
}
