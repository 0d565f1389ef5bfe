//! Executes the documentation: every code block of every page is run, compared or parsed, in the order of the
//! page and in one working directory that the page's commands share.
//!
//! | language of the block | test |
//! |---|---|
//! | `sh` | each line is a command that exits with 0 or 3; a comment after it is a part of the expected error instead |
//! | `console` | `$ COMMAND`, and below it the output; `…` matches any text |
//! | `lua` | a script, run in the sandbox |
//! | `lua moto` | a script for services that the sandbox does not simulate; `tests/wire/cookbook.rs` runs it |
//! | `lua NAME` | a file for the following blocks, one of which must name it |
//! | `output` | the output of the script above it |
//! | `toml` | settings |
//! | `ini` | AWS's shared configuration, for the following commands |
//! | `crontab` | lines for cron, whose commands are run |
//! | `json`, `python` | parsed |
//! | `text` | not run |
//! | `mermaid` | the graph of the crates, which `architecture.rs` reads |
//!
//! Any other language, or none, is an error. Commands without `--sandbox` also run in the sandbox: the pages
//! show commands as users type them for a real account. Lines that begin with `cargo`, `.ci/`, `docs/` or `benches/`
//! build and check this repository, and are not run.
//!
//! `INSTA_UPDATE=always cargo test --test docs` updates the output blocks and the reference.

#![cfg(unix)]

mod architecture;
mod dialect;
mod front;
mod markdown;
mod page;
mod promises;
mod reference;
mod shown;
#[path = "../support/mod.rs"]
mod support;
mod wording;

use std::path::{Path, PathBuf};

use markdown::Page;
use support::repository;

/// Returns whether golden files are written instead of compared; the variable is insta's.
fn updates() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always")
}

/// Returns all pages, sorted by path.
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
fn every_code_block_passes() {
    let pages = pages();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = pages.iter().map(|page| scope.spawn(|| page::run(page))).collect();
        running.into_iter().flat_map(|page| page.join().expect("the runner does not panic")).collect()
    });
    let ran: usize = pages.iter().map(|page| page.blocks.len()).sum();
    assert!(ran > 0, "the pages contain no code blocks");
    assert!(wrong.is_empty(), "{}\nfailed blocks: {}", wrong.join("\n"), wrong.len());
}

#[test]
fn every_internal_link_has_a_target() {
    let pages = pages();
    let mut wrong = Vec::new();
    for page in &pages {
        for (line, link) in page.links() {
            if let Err(why) = check_link(&pages, page, &link) {
                wrong.push(format!("{}:{line}: {link}: {why}", page.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Checks that a link leads to an existing file, and to an existing heading if it names one.
fn check_link(pages: &[Page], from: &Page, link: &str) -> Result<(), &'static str> {
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
    let target = match file {
        "" => from.file.clone(),
        file => from.file.parent().unwrap_or(Path::new("")).join(file),
    };
    let Ok(target) = target.canonicalize() else { return Err("there is no such file") };
    let Some(heading) = heading else { return Ok(()) };
    let page =
        pages.iter().find(|page| page.file == target).ok_or("the link names a heading of a file that is not a page")?;
    page.anchors().contains(&heading.to_owned()).then_some(()).ok_or("the page has no such heading")
}
