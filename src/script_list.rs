//! `moonfleet scripts` lists the scripts of the library and of the current folder; `moonfleet help NAME`
//! shows a script, a command or a topic. Both read the headers of scripts.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use futures_executor::block_on;
use moonfleet_core::Failure;
use moonfleet_core::exit_code::INCOMPLETE;
use moonfleet_core::{Value, counted, sanitize, suggest};
use moonfleet_lua::failure;
use moonfleet_lua::help::{self, reference};
use moonfleet_lua::output::failed;
use moonfleet_lua::test_output::Stderr;
use moonfleet_report::{Layout, render_with};

use crate::assets;
use crate::cli::{self, Cli};
use crate::contained::{self, header};
use crate::generated_folder::{self, Files};
use crate::listed_scripts::rows;
use crate::runner::{Script, exit_code};
use crate::script_source::{ScriptSource, locate_script};
use crate::settings::Settings;
use crate::testing::machine::{MachineOptions, TestMachine, account};

const COLUMNS: [&str; 3] = ["name", "risk", "summary"];

/// Prints the scripts that contain all of the words: `moonfleet scripts [WORDS]`.
pub(crate) fn list(cli: &Cli, words: &[String]) -> Result<u8, Failure> {
    let found = rows(words);
    if found.is_empty() {
        return Err(Failure::usage(format!(
            "no script contains {}; `moonfleet scripts` lists all scripts",
            words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" and ")
        )));
    }
    let settings = crate::settings::load().map_err(|e| Failure::usage(e.to_string()))?;
    let format = cli.output.or(settings.output).unwrap_or_default();
    let layout = Layout { columns: Some(COLUMNS.map(str::to_owned).to_vec()), ..Layout::default() };
    let mut text = Vec::new();
    write_result(render_with(&Value::List(found), &layout, format, &cli.style(&settings), &mut text))?;
    print_text(&String::from_utf8_lossy(&text))?;
    Ok(0)
}

/// Prints help on a command, a script, or a topic of `help()`: `moonfleet help [NAME]`.
pub(crate) fn help(cli: &Cli, name: &[String]) -> Result<u8, Failure> {
    let name = name.join(" ");
    if name.is_empty() {
        let text = cli::command().render_long_help();
        return print_text(&format!(
            "{text}\n`moonfleet scripts` lists the scripts, `moonfleet help NAME` shows one with its output.\n"
        ));
    }
    if let Some(command) = cli::command().find_subcommand_mut(&name) {
        let text = command.clone().bin_name(format!("moonfleet {name}")).render_long_help();
        return print_text(&format!("{text}\n"));
    }
    if is_script(&name) {
        return print_script_help(&name);
    }
    match help::about(&name) {
        Ok(topic) => {
            let style = cli.style(&Settings::default());
            let width = style.width.unwrap_or(help::global::MAX_WIDTH).min(help::global::MAX_WIDTH);
            print_text(&help::render(&topic, width.into()))
        }
        Err(unknown) => Err(Failure::usage(match nearest(&name) {
            Some(near) => format!("there is no help on '{name}'; did you mean {near}?"),
            None => unknown.to_string().replace("help() lists", "`moonfleet scripts` and `moonfleet help` list"),
        })),
    }
}

/// Writes the reference: `moonfleet help --write-reference FOLDER`.
pub(crate) fn write_reference(folder: &Path) -> Result<u8, Failure> {
    let pages = reference::pages().into_iter().map(|(file, text)| (file, Cow::from(text.into_bytes())));
    let pages: Files = pages.collect();
    generated_folder::replace(folder, reference::COMMAND, &pages).map_err(|e| Failure::failed(e.to_string()))?;
    print_text(&format!("{}: {}\n", folder.display(), counted(pages.len(), "page")))
}

fn is_script(name: &str) -> bool {
    assets::script(name).is_some() || name.ends_with(".lua") || (name.contains('/') && Path::new(name).is_file())
}

/// Returns the most similar name of a command or script. The error for topics names similar topics itself.
fn nearest(name: &str) -> Option<String> {
    let commands = cli::command();
    let scripts = assets::script_names();
    let known = commands.get_subcommands().map(clap::Command::get_name).chain(scripts.iter().map(String::as_str));
    suggest::nearest(name, known).map(str::to_owned)
}

/// Prints the help of a script, with the output of its example, which runs in the sandbox.
fn print_script_help(name: &str) -> Result<u8, Failure> {
    let located = locate_script(name)?;
    let Some(facts) = header(&located)? else {
        return Err(Failure::usage(format!(
            "'{name}' has no help: a script with a header ends in `return script {{ … }}`"
        )));
    };
    let mut text = facts.help(name);
    if let Some(command) = facts.command(name) {
        let output = match located.is_own() {
            true => example_output(name, located)?,
            false => contained::example(name, &located)?,
        };
        text += &format!("\nExample:\n  {command}\n\n{}", indented(&output));
    }
    // The script of a stranger must not write on the terminal.
    print_text(&sanitize::block(&text))
}

/// Returns the output of the script's example, with its errors if it fails.
pub(crate) fn example_output(name: &str, located: ScriptSource) -> Result<String, Failure> {
    let machine = TestMachine::new(&account(), None, MachineOptions::default())?;
    let before = Stderr::keep(Some(Vec::new()));
    let (source, chunk_name) = located.attach(&machine.vm);
    let script = Script { source: &source, chunk_name: &chunk_name, name, words: &[], facts: None, rehearse: true };
    let ended = block_on(script.run(&machine.vm, &machine.session));
    let stderr = Stderr::keep(before).unwrap_or_default();
    let stdout = machine.printed.text();
    let code = ended.as_ref().map_or_else(Failure::exit_code, |results| exit_code(results.front()));
    if code == 0 || code == INCOMPLETE {
        return Ok(stdout);
    }
    let problem = ended.err().map(|failure| format!("{failure}\n")).unwrap_or_default();
    Ok(format!("{stdout}{}{problem}exit code {code}\n", String::from_utf8_lossy(&stderr)))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}

fn print_text(text: &str) -> Result<u8, Failure> {
    crate::standard_output::print(text).map(|()| 0)
}

fn write_result(done: io::Result<()>) -> Result<(), Failure> {
    done.map_err(|e| failure::from_host(&failed(e)))
}
