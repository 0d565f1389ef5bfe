//! The reference is what the program knows now.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use moonfleet_lua::help::reference;

use crate::support::repository;
use crate::updates;

const MEND: &str = "INSTA_UPDATE=always cargo test --test docs";

#[test]
fn the_reference_is_what_the_program_knows() {
    let folder = repository().join("docs/reference");
    let pages = reference::pages();
    let mut stale = Vec::new();
    for (name, text) in &pages {
        let file = folder.join(name);
        if fs::read_to_string(&file).is_ok_and(|there| there == *text) {
            continue;
        }
        if updates() {
            fs::create_dir_all(file.parent().unwrap_or(&folder)).expect("a folder of the repository");
            fs::write(&file, text).expect("a page of the repository");
        } else {
            stale.push(name.clone());
        }
    }
    let known: BTreeSet<_> = pages.into_iter().map(|(name, _)| folder.join(name)).collect();
    let mut there = Vec::new();
    crate::markdown_in(&folder, true, &mut there);
    for file in there.into_iter().filter(|file| !known.contains(file)) {
        match updates() {
            true => fs::remove_file(&file).expect("a page of the repository"),
            false => stale.push(format!("{} (of nothing that there is)", name_in(&folder, &file))),
        }
    }
    assert!(stale.is_empty(), "these pages of docs/reference are stale: {}; `{MEND}` writes them", stale.join(", "));
}

fn name_in(folder: &Path, file: &Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).display().to_string()
}
