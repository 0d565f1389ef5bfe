//! The README as a front page, and the list of pages in `docs/README.md`.

use std::fs;

use crate::markdown::Page;
use crate::support::repository;

const MOST_LINES: usize = 150;
const PICTURES: [&str; 2] = ["docs/pictures/prompt.svg", "docs/pictures/report.png"];
const MOST_BYTES: u64 = 200_000;

fn readme() -> Page {
    Page::read(&repository().join("README.md"))
}

#[test]
fn the_readme_starts_with_the_two_commands() {
    let readme = readme();
    let blocks = readme.blocks.iter().filter(|block| block.language == "sh");
    let commands: Vec<&str> = blocks.flat_map(|block| block.text.lines()).take(2).collect();
    assert_eq!(commands, ["cargo run -- --sandbox run fleet-report", "cargo test"]);
}

#[test]
fn the_readme_has_at_most_150_lines() {
    let lines = readme().text.lines().count();
    assert!(lines <= MOST_LINES, "README.md has {lines} lines");
}

#[test]
fn the_readme_shows_both_pictures_and_they_are_small() {
    let readme = readme();
    for picture in PICTURES {
        assert!(readme.text.contains(&format!("]({picture})")), "README.md does not show {picture}");
        let size = fs::metadata(repository().join(picture)).expect(picture).len();
        assert!((1..MOST_BYTES).contains(&size), "{picture} has {size} bytes; `docs/pictures/make` makes it");
    }
}

/// The picture shows the commands that the README's reader can type.
#[test]
fn the_prompts_picture_shows_what_its_command_types() {
    let text = |name: &str| fs::read_to_string(repository().join("docs/pictures").join(name)).expect(name);
    let picture = text("prompt.svg").replace("&#160;", " ").replace("&quot;", "\"").replace("&#x27;", "'");
    let shown: String = picture.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect();
    let shown: String = shown.split_whitespace().collect();
    let make = text("make");
    let lines =
        make.lines().filter_map(|line| line.strip_prefix("    ('")?.split_once("', r\"")).map(|(typed, _)| typed);
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 3, "docs/pictures/make types other lines than this test reads");
    for typed in lines {
        let typed: String = typed.split_whitespace().collect();
        assert!(shown.contains(&typed), "prompt.svg does not show {typed}");
    }
}

#[test]
fn the_readme_names_the_rust_version_of_the_manifest() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let version = manifest["workspace"]["package"]["rust-version"].as_str().expect("a version is text");
    assert!(
        readme().text.contains(&format!("Rust {version} or later")),
        "README.md names another version than {version}"
    );
}

#[test]
fn every_page_is_linked_from_the_list_of_pages() {
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
