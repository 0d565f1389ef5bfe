//! The findings that the headers of the library's scripts declare, compared with those that their code can make.
//!
//! The code is searched as text. A function makes a finding if it calls `findings.new`, or the function `add` of
//! `findings.list`, with a severity and a name, lists both in a table, or writes `finding = "NAME"`. A script makes the
//! findings of all functions that it reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::support::{Shell, repository};

/// A function of a module; the text outside of its functions has no name. Functions that the module exports begin with
/// a dot.
type Function = (String, String);

struct Library {
    functions: BTreeMap<Function, String>,
    /// The modules by the names under which a module uses them.
    imports: BTreeMap<String, BTreeMap<String, String>>,
}

const SEVERITY: &str = "(?:critical|high|medium|low|info)";
const NAME: &str = r#""([a-z][a-z0-9]*(?:-[a-z0-9]+)*)""#;

type Pattern = LazyLock<Regex>;

static NAMES: Pattern = LazyLock::new(|| regex(NAME));
static LISTED: Pattern = LazyLock::new(|| regex(&format!(r#""{SEVERITY}"\s*,\s*{NAME}"#)));
static HAS_SEVERITY: Pattern = LazyLock::new(|| regex(&format!(r#""{SEVERITY}"|(?i:severit)"#)));
static CALL: Pattern = LazyLock::new(|| regex(r"\b(?:findings\.new|add)\("));
static FIELD: Pattern = LazyLock::new(|| regex(r"\bfinding = ([^,\n]*)"));
static EXPORT: Pattern = LazyLock::new(|| regex(r"\b(\w+)(\.\w+)\b"));
static REQUIRED: Pattern = LazyLock::new(|| regex(r#"require\(?\s*"(\w+)"\)?(\.\w+)"#));
static WORD: Pattern = LazyLock::new(|| regex(r"\b\w+\b"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a regular expression")
}

/// Returns the sources of a folder by the names of their files, without tests and comments.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let comments = regex("--[^\n]*");
    let files = fs::read_dir(repository().join(folder)).expect("a folder").map(|file| file.expect("a file").path());
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()?.strip_suffix(".lua")).map(str::to_owned);
    let named = files.filter_map(|path| Some((name(&path)?, fs::read_to_string(path).expect("text"))));
    let named = named.filter(|(name, _)| !name.ends_with("_test"));
    named.map(|(name, text)| (name, comments.replace_all(&text, "").into_owned())).collect()
}

/// Returns the names under which a source uses modules. Some modules are globals.
fn imports(source: &str, modules: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let required = regex(r#"local (\w+) = require "(\w+)""#);
    let globals = modules.keys().map(|name| (name.clone(), name.clone()));
    globals.chain(required.captures_iter(source).map(|found| (found[1].to_owned(), found[2].to_owned()))).collect()
}

/// Divides a module into its functions, which begin and end at the margin.
fn functions(source: &str) -> BTreeMap<String, String> {
    let head = regex(r"^(?:local )?function (?:\w+([.:]\w+)|(\w+))");
    let mut functions: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    for line in source.lines() {
        let begins = head.captures(line).filter(|_| current.is_empty());
        if let Some(found) = &begins {
            current = found.get(1).or(found.get(2)).expect("a name").as_str().replace(':', ".");
        }
        let text = functions.entry(current.clone()).or_default();
        *text += line;
        text.push('\n');
        if line == "end" || begins.is_some() && line.ends_with(" end") {
            current.clear();
        }
    }
    functions
}

/// Returns the arguments of a call whose opening parenthesis ends the text before `rest`.
fn arguments(rest: &str) -> Vec<String> {
    let (mut depth, mut quoted) = (0, false);
    let mut arguments = vec![String::new()];
    for c in rest.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' if depth == 0 => break,
            ')' | '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        arguments.last_mut().expect("the first one").push(c);
    }
    arguments
}

/// Returns the names of the findings that a text makes.
fn made(text: &str) -> BTreeSet<String> {
    let mut made: BTreeSet<String> = LISTED.captures_iter(text).map(|found| found[1].to_owned()).collect();
    for call in CALL.find_iter(text) {
        let arguments = arguments(&text[call.end()..]);
        let severity = arguments.iter().position(|argument| HAS_SEVERITY.is_match(argument));
        made.extend(severity.and_then(|at| arguments.get(at + 1)).into_iter().flat_map(|name| names(name)));
    }
    made.extend(FIELD.captures_iter(text).flat_map(|found| names(&found[1])));
    made.retain(|name| !SEVERITY[3..SEVERITY.len() - 1].split('|').any(|severity| severity == name));
    made
}

/// Returns the quoted names in a text.
fn names(text: &str) -> Vec<String> {
    NAMES.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

impl Library {
    fn read() -> Self {
        let modules = sources("stdlib");
        let imports = modules.iter().map(|(name, text)| (name.clone(), imports(text, &modules))).collect();
        let functions = modules.iter().flat_map(|(module, text)| {
            functions(text).into_iter().map(move |(name, text)| ((module.clone(), name), text))
        });
        Library { functions: functions.collect(), imports }
    }

    /// Returns the functions that a text names. `module` is its own, and `imports` are the names of others.
    fn named(&self, text: &str, module: Option<&str>, imports: &BTreeMap<String, String>) -> Vec<Function> {
        let mut named: Vec<Function> = Vec::new();
        for found in EXPORT.captures_iter(text) {
            named.extend(imports.get(&found[1]).map(|module| (module.clone(), found[2].to_owned())));
        }
        named.extend(REQUIRED.captures_iter(text).map(|found| (found[1].to_owned(), found[2].to_owned())));
        if let Some(module) = module {
            named.extend(WORD.find_iter(text).map(|word| (module.to_owned(), word.as_str().to_owned())));
        }
        // The tables of a module belong to each of its functions.
        named.extend(module.map(|module| (module.to_owned(), String::new())));
        named.retain(|function| self.functions.contains_key(function));
        named
    }

    /// Returns the names of the findings that a script can make.
    fn findings_of(&self, script: &str) -> BTreeSet<String> {
        let modules = self.imports.keys().map(|name| (name.clone(), String::new())).collect();
        let mut findings = made(script);
        let mut next = self.named(script, None, &imports(script, &modules));
        let mut reached: BTreeSet<Function> = BTreeSet::new();
        while let Some(function) = next.pop() {
            if !reached.insert(function.clone()) {
                continue;
            }
            let text = &self.functions[&function];
            findings.extend(made(text));
            let (module, name) = &function;
            if !name.is_empty() {
                next.extend(self.named(text, Some(module), &self.imports[module]));
            }
        }
        findings
    }
}

/// Returns the findings that a script declares.
fn declared(source: &str) -> BTreeSet<String> {
    let header = source.split_once("return script {").map_or("", |(_, header)| header);
    let list = header.split_once("\n  findings = {").and_then(|(_, rest)| rest.split_once('}'));
    names(list.map_or("", |(list, _)| list)).into_iter().collect()
}

#[test]
fn each_script_declares_the_findings_that_it_makes_and_no_others() {
    let library = Library::read();
    let mut faults = Vec::new();
    let mut count = 0;
    for (name, source) in sources("scripts") {
        let (makes, declares) = (library.findings_of(&source), declared(&source));
        count += makes.len();
        let fault = |finding: &String, fault: &str| format!("scripts/{name}.lua {fault} {finding:?}");
        faults.extend(makes.difference(&declares).map(|finding| fault(finding, "lacks in `findings`:")));
        faults.extend(declares.difference(&makes).map(|finding| fault(finding, "declares, and nothing makes:")));
    }
    assert!(count > 80, "only {count} findings: the search does not find the calls");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_search_sees_each_way_to_make_a_finding() {
    for (text, expected) in [
        ("return findings.new(row, imdsv1_severity(row), \"imdsv1\", detail)", vec!["imdsv1"]),
        ("add(\"low\", is_old and \"old-agent\" or \"no-agent\", detail)", vec!["no-agent", "old-agent"]),
        ("problem = { \"high\", \"old-key\", \"is old\" }", vec!["old-key"]),
        ("return { finding = \"missing-tag\", key = key }", vec!["missing-tag"]),
        ("if row.finding == \"no-mfa\" then add_days(3, \"day\") end", vec![]),
    ] {
        assert_eq!(made(text).into_iter().collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn no_example_reports_an_undeclared_finding() {
    let mut found = 0;
    for (name, source) in sources("scripts") {
        let declared = declared(&source);
        if declared.is_empty() {
            continue;
        }
        let shell = Shell::new().sandbox().args(["--rehearse", "--out", "x.json", "run", &name]);
        let ran = shell.run().never_says("does not declare");
        let report: Value = serde_json::from_str(&ran.read("x.json")).expect("a report in JSON");
        let mut rows = Vec::new();
        collect(&report, &mut rows);
        found += rows.len();
        let undeclared: Vec<_> = rows.into_iter().filter(|finding| !declared.contains(finding)).collect();
        assert!(undeclared.is_empty(), "{name}: {undeclared:?}");
    }
    assert!(found > 50, "only {found} findings in the sandbox's account");
}

/// Collects the names of the findings in a report.
fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(fields) => {
            names.extend(fields.get("finding").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, names));
        }
        _ => {}
    }
}
