//! Other programs that use the terminal temporarily: shell commands and the user's editor.

use std::env;
use std::fs;
use std::process::{Command, ExitStatus};

use moonfleet_core::Failure;
use moonfleet_lua::containment::may_start;
use moonfleet_lua::failure;

use super::Prompt;

/// Runs `!command`, and prints its exit status if it is not 0.
pub(super) fn run(prompt: &Prompt, command: &str) -> Result<(), Failure> {
    may_start(prompt.vm.lua(), "!").map_err(|e| failure::from_host(&e))?;
    if command.is_empty() {
        return Err(Failure::failed("!: missing command; for example !ls"));
    }
    let ended = wait(prompt, Command::new("sh").arg("-c").arg(command))?;
    if !ended.success() {
        eprintln!("{ended}");
    }
    Ok(())
}

/// Lets the user edit a text, and returns the result.
pub(super) fn edited(prompt: &Prompt, text: &str) -> Result<String, Failure> {
    may_start(prompt.vm.lua(), ".edit").map_err(|e| failure::from_host(&e))?;
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    let failed = |e: std::io::Error| Failure::failed(format!(".edit: {e}"));
    // Readable for the user alone, and deleted when `file` is dropped.
    let file = tempfile::Builder::new().prefix("moonfleet-").suffix(".lua").tempfile().map_err(failed)?;
    fs::write(file.path(), text).map_err(failed)?;
    // The variable can contain options, so the shell splits it.
    let ended = wait(prompt, Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file.path()))?;
    if !ended.success() {
        return Err(Failure::failed(format!(".edit: {editor} failed ({ended}); nothing was run")));
    }
    fs::read_to_string(file.path()).map_err(failed)
}

fn wait(prompt: &Prompt, command: &mut Command) -> Result<ExitStatus, Failure> {
    prompt.vm.flush()?;
    let _elsewhere = prompt.interrupt.ignore_ctrl_c();
    command.status().map_err(|e| Failure::failed(format!("cannot start {}: {e}", command.get_program().display())))
}
