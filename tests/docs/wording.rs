//! Tests the wording of the scripts that come with the program: their summaries, the help of their arguments,
//! and the plurals in their outputs. `docs/add-script.md` describes the rules.

use std::fs;
use std::path::{Path, PathBuf};

use moonfleet::assets::Library;
use moonfleet_lua::help::reference;
use moonfleet_lua::set_library_files;

use crate::support::{Shell, repository};

/// The imperative verbs that begin a summary or the help of an argument. Add the verb of a new script here; words
/// such as What, Only or The are not verbs.
const VERBS: &[&str] = &[
    "Accept", "Add", "Allow", "Assume", "Audit", "Check", "Choose", "Compare", "Count", "Create", "Delete", "Describe",
    "Evaluate", "Explain", "Find", "Ignore", "Include", "Launch", "Limit", "List", "Look", "Mark", "Print", "Read",
    "Remove", "Replace", "Report", "Require", "Run", "Search", "Select", "Send", "Set", "Show", "Start", "Stop",
    "Treat", "Use", "Wait",
];

/// Singular words that end with "s", and units.
const SINGULAR: &[&str] = &["s", "ms", "status", "address", "access", "process", "class", "alias"];

/// A script as the program describes it.
struct Script {
    name: String,
    summary: String,
    /// The name and the help of each argument, without its type, default and choices.
    arguments: Vec<(String, String)>,
}

/// Returns all scripts of the library, from the reference that the program writes.
fn scripts() -> Vec<Script> {
    set_library_files(&Library);
    let pages = reference::committed_pages();
    let (_, page) = pages.iter().find(|(name, _)| name == "scripts.md").expect("the reference has a page of scripts");
    page.split("\n### ").skip(1).map(Script::parse).collect()
}

impl Script {
    fn parse(section: &str) -> Self {
        let mut lines = section.lines();
        let name = lines.next().expect("a section has a heading").to_owned();
        let summary = lines.find_map(|line| line.split_once(" · ")).expect("a section has a risk and a summary").1;
        let arguments = lines.filter_map(|line| {
            let (argument, help) = line.strip_prefix("* `--")?.split_once("`: ")?;
            let argument = argument.split(' ').next().unwrap_or_default().to_owned();
            // The default and the choices follow the help in parentheses.
            let help = help.split_once(". (").map_or_else(|| help.to_owned(), |(help, _)| format!("{help}."));
            Some((argument, help))
        });
        Script { name, summary: summary.to_owned(), arguments: arguments.collect() }
    }

    /// Returns the summary and the help of each argument, with their places for failures.
    fn sentences(&self) -> impl Iterator<Item = (String, &str)> {
        let arguments = self.arguments.iter().map(|(name, help)| (format!("{} --{name}", self.name), help.as_str()));
        arguments.chain([(self.name.clone(), self.summary.as_str())])
    }
}

/// Returns the rule that a sentence violates, if any.
fn violation(sentence: &str) -> Option<&'static str> {
    let verb = sentence.split(' ').next().unwrap_or_default();
    if !VERBS.contains(&verb) {
        return Some("it does not begin with a verb of VERBS");
    }
    (!sentence.ends_with('.')).then_some("it does not end with a period")
}

#[test]
fn summaries_and_arguments_begin_with_a_verb_and_end_with_a_period() {
    let scripts = scripts();
    let sentences = scripts.iter().flat_map(Script::sentences);
    let wrong: Vec<String> =
        sentences.filter_map(|(place, text)| Some(format!("{place}: {}: {text}", violation(text)?))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_listed_script_is_checked() {
    let listed = Shell::new().args(["scripts", "--output", "json"]).run().code(0).json();
    let listed: Vec<&str> =
        listed.as_array().expect("a list").iter().map(|script| script["name"].as_str().expect("a name")).collect();
    let scripts = scripts();
    assert_eq!(scripts.iter().map(|script| script.name.as_str()).collect::<Vec<_>>(), listed);
    let documented = scripts.iter().filter(|script| !script.arguments.is_empty()).count();
    assert!(documented > listed.len() / 2, "only {documented} of {} scripts have arguments", listed.len());
}

#[test]
fn sentences_of_the_dialect_are_violations() {
    for sentence in ["What a row is.", "Only this platform.", "The regions to search.", "list volumes.", "List volumes"]
    {
        assert!(violation(sentence).is_some(), "{sentence}");
    }
    assert_eq!(violation("List unattached volumes."), None);
}

/// Returns the places in a text with a number 1 before a plural, such as "1 regions".
fn wrong_plurals(text: &str) -> Vec<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_plural = |word: &str| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_punctuation());
        word.ends_with('s') && word.bytes().all(|byte| byte.is_ascii_lowercase()) && !SINGULAR.contains(&word)
    };
    words
        .windows(2)
        .filter(|pair| pair[0].trim_start_matches('(') == "1" && is_plural(pair[1]))
        .map(|pair| pair[1])
        .collect()
}

/// The outputs of all scripts' examples are golden files, so no script has to run for this test. Cells of a table
/// are separated by two spaces, so a number in one cell and a word in the next are no sentence.
#[test]
fn outputs_have_no_plural_after_1() {
    let mut files = 0;
    let mut wrong = Vec::new();
    for file in golden_files(&repository().join("tests/cli/snapshots")) {
        files += 1;
        let text = fs::read_to_string(&file).expect("a golden file is text");
        for line in text.lines() {
            let cells = line.split("  ").flat_map(wrong_plurals);
            wrong.extend(cells.map(|word| format!("{}: 1 {word}: {line}", file.display())));
        }
    }
    assert!(files >= scripts().len(), "there are only {files} golden files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn golden_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of the golden files");
    let files = entries.map(|entry| entry.expect("an entry").path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "snap")).collect()
}

#[test]
fn plurals_after_1_are_found() {
    assert_eq!(wrong_plurals("found 1 regions, 2 volumes (1 addresses)"), ["regions,", "addresses)"]);
    assert_eq!(wrong_plurals("after 1 s, 1 address and 21 regions with status=1 Regions"), Vec::<&str>::new());
}
