//! Tests that the committed reference of modules and scripts is current, and that the reference written by the
//! program is complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use moonfleet::assets::Library;
use moonfleet_bindings::SERVICES;
use moonfleet_lua::help::reference;
use moonfleet_lua::set_library_files;

use crate::markdown::Page;
use crate::support::{Shell, repository};
use crate::{check_link, markdown_in, updates};

const UPDATE_COMMAND: &str = "INSTA_UPDATE=always cargo test --test docs";

#[test]
fn committed_reference_is_current() {
    let folder = repository().join("docs/reference");
    set_library_files(&Library);
    let pages = reference::committed_pages();
    let mut stale = Vec::new();
    for (name, text) in &pages {
        let file = folder.join(name);
        if fs::read_to_string(&file).is_ok_and(|committed| committed == *text) {
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
    let mut committed = Vec::new();
    markdown_in(&folder, true, &mut committed);
    for file in committed.into_iter().filter(|file| !known.contains(file)) {
        match updates() {
            true => fs::remove_file(&file).expect("a page of the repository"),
            false => stale.push(format!("{} (without a module or script)", name_in(&folder, &file))),
        }
    }
    assert!(
        stale.is_empty(),
        "these pages of docs/reference are stale: {}; `{UPDATE_COMMAND}` writes them",
        stale.join(", ")
    );
}

fn name_in(folder: &Path, file: &Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).display().to_string()
}

fn write_reference() -> Shell {
    Shell::new().args(["help", "--write-reference", "reference"])
}

#[test]
fn written_reference_has_a_heading_for_each_operation_and_no_dead_link() {
    let ran = write_reference().run().code(0).quiet();
    let folder = ran.home.path().join("reference");
    let mut files = Vec::new();
    markdown_in(&folder, true, &mut files);
    let pages: Vec<Page> = files.iter().map(|file| Page::read(file)).collect();
    let page = |name: &str| &pages.iter().find(|page| page.file.ends_with(name)).expect("a page").text;
    for service in SERVICES.iter() {
        let file = format!("reference/{}.md", service.name);
        let headings: Vec<&str> = page(&file).lines().filter_map(|line| line.strip_prefix("### ")).collect();
        let operations: Vec<&str> = service.operations().iter().map(|operation| operation.name).collect();
        assert_eq!(headings, operations, "{file}");
        for waiter in service.waiters() {
            assert!(page(&file).contains(&format!("`{}.wait.{}`", service.name, waiter.name)), "{}", waiter.name);
        }
        assert!(page("reference/README.md").contains(&format!("]({}.md)", service.name)));
    }
    let mut followed = 0;
    for page in &pages {
        for (line, link) in page.links() {
            followed += 1;
            check_link(&pages, page, &link)
                .unwrap_or_else(|why| panic!("{}:{line}: {link}: {why}", page.file.display()));
        }
    }
    assert!(followed > pages.len(), "the index links every page: {followed} links, {} pages", pages.len());
    set_library_files(&Library);
    for (name, text) in reference::committed_pages().iter().filter(|(name, _)| name != "README.md") {
        assert_eq!(fs::read_to_string(folder.join(name)).ok().as_ref(), Some(text), "{name}");
    }
    ran.prints(&format!("reference: {} pages\n", pages.len()));
}

#[test]
fn written_reference_replaces_only_its_own_folder() {
    let ran = write_reference()
        .file("reference/mine.md", "mine")
        .run()
        .code(1)
        .says("reference contains files that moonfleet did not write");
    assert_eq!(ran.read("reference/mine.md"), "mine");
    let ran = write_reference().file("reference/.moonfleet", "").file("reference/old.md", "").run().code(0);
    assert!(ran.read("reference/README.md").contains("# Reference"));
    assert!(!ran.home.path().join("reference/old.md").exists());
    write_reference().arg("ec2").run().code(2);
}
