//! The prompt: reads, evaluates, shows, until the input ends.

pub mod complete;
pub mod live;
pub mod show;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy;
use futures_executor::block_on;
use mlua::{Function, MultiValue};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use crate::lua::interrupt::Interrupt;
use crate::lua::{Trouble, TroubleKind, Vm};
use crate::secret::is_known_in;
use crate::session::Session;

const HISTORY: usize = 10_000;

pub fn run(session: &Arc<Session>, vm: &Vm) -> Result<(), Trouble> {
    let mut editor = editor().map_err(unusable)?;
    let interrupt =
        Interrupt::at_prompt(vm.lua()).map_err(|e| Trouble::usage(format!("Ctrl-C cannot be caught: {e}")))?;
    let history = history_file();
    if let Some(file) = &history {
        // There is none on the first start.
        let _ = editor.load_history(file);
    }
    eprintln!("Moonfleet {}: Lua over AWS. An expression prints its value; Ctrl-D leaves.", env!("CARGO_PKG_VERSION"));
    let mut text = String::new();
    let mut shown = show::Results::default();
    loop {
        let prompt = if text.is_empty() { prompt(session, &vm.session()) } else { "  … ".to_owned() };
        match editor.readline(&prompt) {
            Ok(line) => {
                text += &line;
                text.push('\n');
            }
            Err(ReadlineError::Interrupted) => {
                text.clear();
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(e) => return Err(unusable(e)),
        }
        if matches!(text.trim(), "exit" | "quit") {
            break;
        }
        if text.trim().is_empty() {
            text.clear();
            continue;
        }
        let chunk = match parse(vm, &text) {
            Err(trouble) if trouble.kind == TroubleKind::Incomplete => continue,
            parsed => parsed,
        };
        if let Err(trouble) = chunk.and_then(|chunk| evaluate(vm, &interrupt, &mut shown, chunk)) {
            eprintln!("{trouble}");
        }
        // Only now is it known whether a password was in it.
        if !is_known_in(&text) {
            keep(&mut editor, history.as_deref(), text.trim_end());
        }
        if let Some(code) = interrupt.ends() {
            return Err(Trouble::ended(code, "interrupted".to_owned()));
        }
        text.clear();
    }
    Ok(())
}

/// Where the next line goes: the region, and whose account where that is another than at first.
fn prompt(first: &Session, now: &Session) -> String {
    let who = &now.settings().who;
    let named = || who.roles.last().map(|role| role.arn.clone()).or_else(|| who.profile.clone());
    let other = if *who == first.settings().who { None } else { now.account().or_else(named) };
    let sandbox = now.is_sandbox().then(|| "sandbox".to_owned());
    let place = now.region().unwrap_or_else(|| "aws".to_owned());
    format!("{}> ", sandbox.into_iter().chain(other).chain([place]).collect::<Vec<_>>().join(" "))
}

/// An expression, or else statements.
fn parse(vm: &Vm, text: &str) -> Result<Function, Trouble> {
    match vm.load(format!("return {text}").as_bytes(), "=prompt") {
        Ok(chunk) => Ok(chunk),
        // `1 +` goes on as an expression, and is no statement at all.
        Err(trouble) if trouble.kind == TroubleKind::Incomplete => Err(trouble),
        Err(_) => vm.load(text.as_bytes(), "=prompt"),
    }
}

fn evaluate(vm: &Vm, interrupt: &Arc<Interrupt>, shown: &mut show::Results, chunk: Function) -> Result<(), Trouble> {
    interrupt.lower(vm.lua()).map_err(|e| Trouble::host(&e))?;
    match block_on(interrupt.guard(vm.run(chunk, MultiValue::new()))) {
        Some(results) => shown.show(vm, &results?, || ())?,
        None => eprintln!("interrupted"),
    }
    vm.flush()
}

fn editor() -> rustyline::Result<Editor<(), FileHistory>> {
    let config = Config::builder().max_history_size(HISTORY)?.history_ignore_space(true).build();
    Editor::with_config(config)
}

/// What cannot be kept is not worth an error at the prompt.
fn keep(editor: &mut Editor<(), FileHistory>, file: Option<&Path>, text: &str) {
    let _ = editor.add_history_entry(text);
    if let Some(file) = file {
        let _ = editor.append_history(file);
    }
}

/// In the state folder, which is for us alone, and is made so if it is not.
fn history_file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    let folder = base.state_dir().unwrap_or_else(|| base.data_dir()).join("moonfleet");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).ok()?;
    let file = folder.join("history");
    // What was made by another program, or came from a backup, may be open to others.
    #[cfg(unix)]
    for (path, mode) in [(&folder, 0o700), (&file, 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        if path.exists() {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).ok()?;
        }
    }
    Some(file)
}

fn unusable(error: ReadlineError) -> Trouble {
    Trouble::usage(format!("the terminal cannot be read: {error}"))
}
