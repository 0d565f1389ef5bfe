//! What the README promises, done.
//!
//! A block marked `sh` whose commands start with `moonfleet` is run in an empty folder, a block
//! marked `lua` is a script for the sandbox. `no-run` behind the language leaves a block out.

#![cfg(unix)]

mod support;

use support::{Shell, path_with_binary, repository};

struct Block {
    line: usize,
    language: String,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in markdown.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                open = Some(Block { line: at + 1, language: language.trim().to_owned(), text: String::new() });
            }
            (None, Some(block)) => {
                block.text += line;
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block of code is not closed");
    blocks
}

fn readme() -> Vec<Block> {
    let text = std::fs::read_to_string(repository().join("README.md")).expect("there is a README");
    blocks(&text)
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let blocks: Vec<_> =
        readme().into_iter().filter(|b| b.language == "sh" && b.text.starts_with("moonfleet ")).collect();
    assert!(!blocks.is_empty(), "the README shows no command");
    for Block { line, text, .. } in blocks {
        let shell = Shell::program("sh");
        let path = path_with_binary(shell.home.path());
        let ran = shell.env("PATH", path).args(["-e", "-c", &text]).run();
        assert!(ran.succeeded(), "README.md:{line}\n{text}--- standard error\n{}", ran.stderr);
    }
}

#[test]
fn the_scripts_of_the_readme_run_in_the_sandbox() {
    let blocks: Vec<_> = readme().into_iter().filter(|b| b.language == "lua").collect();
    assert!(!blocks.is_empty(), "the README shows no script");
    for Block { line, text, .. } in blocks {
        let ran = Shell::new().sandbox().script(&text);
        assert!(ran.succeeded(), "README.md:{line}\n{text}--- standard error\n{}", ran.stderr);
    }
}

#[test]
fn the_readme_starts_with_the_two_commands() {
    let first = readme().into_iter().find(|b| b.language == "sh").expect("the README shows a command");
    let commands: Vec<_> = first.text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).collect();
    assert_eq!(commands, ["cargo run -- --sandbox run fleet-report", "cargo test"]);
}
