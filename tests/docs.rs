//! What the README promises, done.
//!
//! In a block marked `sh` every line that starts with `moonfleet` is run in an empty folder. A
//! comment behind it is what it complains of; without one it succeeds, or is done but not complete.
//! A block marked `lua` is a script for the sandbox. One marked `toml` is somebody's settings. Other
//! blocks are for the eye.

#![cfg(unix)]

mod support;

use support::{Shell, path_with_binary, repository};

const INCOMPLETE: i32 = 3;
const REFUSED: i32 = 4;

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
    let mut commands = 0;
    for Block { line, text, .. } in readme().into_iter().filter(|b| b.language == "sh") {
        for (at, command) in (line + 1..).zip(text.lines()).filter(|(_, text)| text.starts_with("moonfleet ")) {
            commands += 1;
            let (command, complaint) = command.split_once(" # ").map_or((command, None), |(c, said)| (c, Some(said)));
            let shell = Shell::program("sh");
            let path = path_with_binary(shell.home.path());
            let ran = shell.env("PATH", path).args(["-c", command]).run();
            let as_said = match complaint {
                Some(complaint) => {
                    (ran.ended_with(1) || ran.ended_with(REFUSED)) && ran.stderr.contains(complaint.trim())
                }
                None => ran.ended_with(0) || ran.ended_with(INCOMPLETE),
            };
            assert!(as_said, "README.md:{at}: {command}\n--- standard error\n{}", ran.stderr);
        }
    }
    assert!(commands > 0, "the README shows no command");
}

#[test]
fn the_scripts_of_the_readme_run_in_the_sandbox() {
    let blocks: Vec<_> = readme().into_iter().filter(|b| b.language == "lua").collect();
    assert!(!blocks.is_empty(), "the README shows no script");
    for Block { line, text, .. } in blocks {
        let ran = Shell::new().sandbox().script(&text);
        assert!(ran.ended_with(0), "README.md:{line}\n{text}--- standard error\n{}", ran.stderr);
    }
}

#[test]
fn the_settings_of_the_readme_are_understood() {
    let blocks: Vec<_> = readme().into_iter().filter(|b| b.language == "toml").collect();
    assert!(!blocks.is_empty(), "the README shows no settings");
    for Block { line, text, .. } in blocks {
        let ran = Shell::new().file(".config/moonfleet/settings.toml", &text).chunk("print(1)");
        assert!(ran.ended_with(0), "README.md:{line}\n{text}--- standard error\n{}", ran.stderr);
    }
}

#[test]
fn the_readme_starts_with_the_two_commands() {
    let blocks = readme().into_iter().filter(|b| b.language == "sh");
    let commands: Vec<_> = blocks.flat_map(|b| b.text.lines().map(str::to_owned).collect::<Vec<_>>()).take(2).collect();
    assert_eq!(commands, ["cargo run -- --sandbox run fleet-report", "cargo test"]);
}
