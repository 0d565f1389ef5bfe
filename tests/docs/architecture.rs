//! Tests that ARCHITECTURE.md shows the crates of the workspace and names existing files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::repository;

type Graph = BTreeMap<String, BTreeSet<String>>;

fn page() -> String {
    fs::read_to_string(repository().join("ARCHITECTURE.md")).expect("there is a page")
}

/// Returns the arrows of the page's graph, and the crates without arrows.
fn drawn() -> Graph {
    let mut graph = Graph::new();
    let page = page();
    let lines = page.lines().skip_while(|line| *line != "graph TD").skip(1).take_while(|line| *line != "```");
    for line in lines.map(str::trim) {
        let (from, to) = line.split_once(" --> ").map_or((line, None), |(from, to)| (from, Some(to)));
        graph.entry(from.to_owned()).or_default().extend(to.map(str::to_owned));
    }
    graph
}

/// Returns the dependencies between the crates of the workspace, except development and build dependencies.
fn declared() -> Graph {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let metadata = cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(repository());
    let output = metadata.output().expect("cargo starts");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo's metadata");
    let name = |package: &Value| {
        let name = package["name"].as_str().expect("a name");
        name.strip_prefix("moonfleet-").unwrap_or(name).to_owned()
    };
    let is_ours = |package: &&Value| package["name"].as_str().is_some_and(|name| name.starts_with("moonfleet"));
    let packages = metadata["packages"].as_array().expect("packages").iter().filter(is_ours);
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
            let dependencies = dependencies.filter(is_ours).filter(|dependency| dependency["kind"].is_null());
            (name(package), dependencies.map(name).collect())
        })
        .collect()
}

fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    graph.get(from).is_some_and(|next| next.iter().any(|next| next == to || reaches(graph, next, to)))
}

#[test]
fn graph_shows_the_crates_and_their_dependencies() {
    let (drawn, declared) = (drawn(), declared());
    let crates: BTreeSet<&str> =
        drawn.iter().flat_map(|(from, to)| to.iter().chain([from])).map(String::as_str).collect();
    assert_eq!(crates, declared.keys().map(String::as_str).collect::<BTreeSet<_>>());
    for (from, to) in drawn.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to))) {
        assert!(declared[from].contains(to), "the graph has {from} --> {to}, which is not a dependency");
    }
    for (from, to) in declared.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to))) {
        assert!(reaches(&drawn, from, to), "{from} depends on {to}, but the graph has no path between them");
    }
}

#[test]
fn named_files_exist() {
    let page = page();
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') && !name.contains([' ', '*', '{']))
        .collect();
    assert!(named.len() > 30, "the page names only {} files", named.len());
    for name in named {
        assert!(repository().join(name).exists(), "ARCHITECTURE.md names {name}, which does not exist");
    }
}

/// The page must stay short; details belong into the comments of the modules.
#[test]
fn architecture_has_at_most_120_lines() {
    let lines = page().lines().count();
    assert!(lines <= 120, "ARCHITECTURE.md has {lines} lines");
}
