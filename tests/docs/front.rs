//! Tests of the README's form, and of the list of pages in `docs/README.md`.

use std::fs;

use crate::markdown::Page;
use crate::support::repository;

const MAX_LINES: usize = 150;
const PICTURES: [&str; 2] = ["docs/pictures/prompt.svg", "docs/pictures/report.png"];
const MAX_BYTES: u64 = 200_000;

fn readme() -> Page {
    Page::read(&repository().join("README.md"))
}

#[test]
fn readme_starts_with_the_two_commands() {
    let readme = readme();
    let blocks = readme.blocks.iter().filter(|block| block.language == "sh");
    let commands: Vec<&str> = blocks.flat_map(|block| block.text.lines()).take(2).collect();
    assert_eq!(commands, ["cargo run -- --sandbox run fleet-report", "cargo test"]);
}

#[test]
fn readme_has_at_most_150_lines() {
    let lines = readme().text.lines().count();
    assert!(lines <= MAX_LINES, "README.md has {lines} lines");
}

#[test]
fn readme_shows_two_small_pictures() {
    let readme = readme();
    for picture in PICTURES {
        assert!(readme.text.contains(&format!("]({picture})")), "README.md does not show {picture}");
        let size = fs::metadata(repository().join(picture)).expect(picture).len();
        assert!((1..MAX_BYTES).contains(&size), "{picture} has {size} bytes; `docs/pictures/make` creates it");
    }
}

/// The picture shows commands that a reader of the README can type.
#[test]
fn picture_of_the_prompt_shows_the_typed_commands() {
    let text = |name: &str| fs::read_to_string(repository().join("docs/pictures").join(name)).expect(name);
    let picture = text("prompt.svg").replace("&#160;", " ").replace("&quot;", "\"").replace("&#x27;", "'");
    let shown: String = picture.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect();
    let shown: String = shown.split_whitespace().collect();
    let make = text("make");
    let lines =
        make.lines().filter_map(|line| line.strip_prefix("    ('")?.split_once("', r\"")).map(|(typed, _)| typed);
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 3, "docs/pictures/make types lines that this test does not find");
    for typed in lines {
        let typed: String = typed.split_whitespace().collect();
        assert!(shown.contains(&typed), "prompt.svg does not show {typed}");
    }
}

#[test]
fn readme_names_the_rust_version_of_the_manifest() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let version = manifest["workspace"]["package"]["rust-version"].as_str().expect("a version is text");
    assert!(
        readme().text.contains(&format!("Rust {version} or later")),
        "README.md does not name the version {version}"
    );
}

#[test]
fn list_of_pages_links_every_page() {
    let folder = repository().join("docs");
    let list = Page::read(&folder.join("README.md"));
    let links: Vec<String> = list.links().into_iter().map(|(_, link)| link).collect();
    for entry in fs::read_dir(&folder).expect("the folder of the pages") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") && name != "README.md" {
            assert!(links.contains(&name), "docs/README.md does not link {name}");
        }
    }
}
