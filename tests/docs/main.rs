//! What the README and the guide promise, done: every block of code of every page is run, compared
//! or parsed, in the order of the page and in one folder that the page's commands share.
//!
//! | a block marked | |
//! |---|---|
//! | `sh` | each line is a command that succeeds, or is done but not complete; a comment behind it is what it complains of instead |
//! | `console` | `$ COMMAND`, and below it what that says; `…` stands for anything |
//! | `lua` | a script, run in the sandbox |
//! | `lua NAME` | a file for what follows, which has to name it |
//! | `output` | what the script above it prints |
//! | `toml` | somebody's settings |
//! | `ini` | AWS's shared configuration, for the commands that follow |
//! | `crontab` | lines for cron, whose commands are run |
//! | `json`, `python` | parsed |
//! | `text` | nothing that can be run |
//! | `mermaid` | the picture of the crates, which `architecture.rs` reads |
//!
//! Any other mark is an error, and so is none. What does not say `--sandbox` is run there all the
//! same: the guide shows commands as people type them. Lines that begin with `cargo`, `.ci/` or
//! `docs/` build and check this repository, and are not run.
//!
//! `INSTA_UPDATE=always cargo test --test docs` writes what is shown, and the reference, anew.

#![cfg(unix)]

mod architecture;
mod front;
mod markdown;
mod page;
mod reference;
mod shown;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use markdown::Page;
use support::repository;

/// Whether golden files are to be written instead of compared, as insta is told.
fn updates() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always")
}

/// Every page, by its path in the repository.
fn pages() -> Vec<Page> {
    let mut files = Vec::new();
    for folder in ["", "stdlib"] {
        markdown_in(&repository().join(folder), false, &mut files);
    }
    markdown_in(&repository().join("docs"), true, &mut files);
    files.sort();
    files.iter().map(|file| Page::read(file)).collect()
}

fn markdown_in(folder: &Path, deep: bool, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && deep {
            markdown_in(&path, deep, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

#[test]
fn every_block_does_what_its_page_says() {
    let pages = pages();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = pages.iter().map(|page| scope.spawn(|| page::run(page))).collect();
        running.into_iter().flat_map(|page| page.join().expect("the runner does not panic")).collect()
    });
    let ran: usize = pages.iter().map(|page| page.blocks.len()).sum();
    assert!(ran > 0, "the pages show no block");
    assert!(wrong.is_empty(), "{}\n{} blocks are wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn every_link_within_the_repository_leads_somewhere() {
    let pages = pages();
    let mut wrong = Vec::new();
    for page in &pages {
        for (line, link) in page.links() {
            if let Err(why) = leads(&pages, page, &link) {
                wrong.push(format!("{}:{line}: {link}: {why}", page.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// To a page and to a heading of it, or to a file.
fn leads(pages: &[Page], from: &Page, link: &str) -> Result<(), &'static str> {
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
    let target = match file {
        "" => from.file.clone(),
        file => from.file.parent().unwrap_or(Path::new("")).join(file),
    };
    let Ok(target) = target.canonicalize() else { return Err("there is no such file") };
    let Some(heading) = heading else { return Ok(()) };
    let page = pages.iter().find(|page| page.file == target).ok_or("a heading of what is no page")?;
    page.anchors().contains(&heading.to_owned()).then_some(()).ok_or("the page has no such heading")
}
