//! The implementation of the prompt's commands. Their table is in `command_table.rs`.

use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use futures_util::future::LocalBoxFuture;
use mlua::MultiValue;
use moonfleet_client::{Role, SessionSettings, spawn};
use moonfleet_core::duration::parse_duration;
use moonfleet_core::sanitize;
use moonfleet_core::suggest;
use moonfleet_core::{Failure, Value, counted};
use moonfleet_engine::Context;
use moonfleet_engine::guard::DeclaredRisk;
use moonfleet_lua::aws;
use moonfleet_lua::containment::may_write;
use moonfleet_lua::failure;
use moonfleet_lua::report::OutputStyle;
use moonfleet_report::Format;

use super::command_table::{COMMANDS, DotCommand, find, for_each_command};
use super::{Prompt, shell};
use crate::listed_scripts;
use crate::repl::session_export;
use crate::repl::session_export::Accepted;
use crate::runner::Script;
use crate::script_source::{load_file, load_script};

type Done<'a> = LocalBoxFuture<'a, Result<(), Failure>>;

macro_rules! perform_command {
    ($($name:ident $arguments:literal $help:literal)*) => {
        fn perform_command<'a>(command: &DotCommand, prompt: &'a mut Prompt, rest: &'a str) -> Done<'a> {
            match command.name {
                $(stringify!($name) => Box::pin(self::$name(prompt, rest)),)*
                other => unreachable!("{other} is in the table"),
            }
        }
    };
}

for_each_command!(perform_command);

/// Runs a command.
pub(super) async fn perform(prompt: &mut Prompt, name: &str, rest: &str) -> Result<(), Failure> {
    let command = find(name)?;
    perform_command(command, prompt, rest).await.map_err(|failure| match rest.is_empty() && command.needs_arguments() {
        true => failure.advise(&format!(".{} {}", command.name, command.arguments)),
        false => failure,
    })
}

async fn help(prompt: &mut Prompt, topic: &str) -> Result<(), Failure> {
    if !topic.is_empty() {
        return prompt.help(topic);
    }
    let mut text = String::new();
    for DotCommand { name, arguments, help, .. } in COMMANDS {
        text += &format!("{:18} {help}\n", format!(".{name} {arguments}"));
    }
    text += "?TOPIC, TOPIC?     Show help on an operation, a service, a module or a function.\n";
    text += "!COMMAND           Run a shell command.\n";
    text += "Commands can be abbreviated. _ is the last result.\n";
    prompt.vm.print(&text)?;
    prompt.vm.flush()
}

// Commands that choose the profile, region and role of calls.

async fn profile(prompt: &mut Prompt, name: &str) -> Result<(), Failure> {
    let session = prompt.vm.session();
    if name.is_empty() {
        return print_line(
            prompt,
            session.settings().principal.profile.as_deref().unwrap_or("the default of the environment"),
        );
    }
    let lua = prompt.vm.lua();
    let known = aws::session::profiles(lua.clone(), session.clone()).await;
    let known: Vec<String> =
        known.and_then(|names| mlua::FromLua::from_lua(names, lua)).map_err(|e| failure::from_host(&e))?;
    if !known.iter().any(|known| known == name) {
        let hint = match suggest::nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near}?"),
            None if known.is_empty() => "the shared configuration has none".to_owned(),
            None => format!("known profiles are {}", known.join(", ")),
        };
        return Err(Failure::failed(format!("there is no profile '{name}'; {hint}")));
    }
    let mut settings: SessionSettings = session.settings().clone();
    settings.principal.profile = Some(name.to_owned());
    // The roles were assumed with the previous profile.
    settings.principal.roles.clear();
    prompt.switch(&session.with(settings), format!("aws.use(aws.session{{profile = {name:?}}})"));
    Ok(())
}

async fn region(prompt: &mut Prompt, name: &str) -> Result<(), Failure> {
    let session = prompt.vm.session();
    if name.is_empty() {
        return print_line(prompt, &session.region().unwrap_or_else(|| "no region is set".to_owned()));
    }
    if !is_like_region(name) {
        return Err(Failure::failed(format!("'{name}' is not the name of a region; write it like eu-central-1")));
    }
    prompt.switch(&session.in_region(name), format!("aws.use(aws.session{{region = {name:?}}})"));
    Ok(())
}

/// `eu-central-1`, `us-gov-west-1`
fn is_like_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    words.len() >= 2 && words.iter().all(is_word) && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

async fn role(prompt: &mut Prompt, arn: &str) -> Result<(), Failure> {
    let session = prompt.vm.session();
    if arn.is_empty() {
        let role = session.settings().principal.roles.last().map(|role| role.arn.clone());
        return print_line(prompt, &role.unwrap_or_else(|| "no role is assumed".to_owned()));
    }
    let role = Role { arn: arn.to_owned(), ..Role::default() };
    role.check()?;
    prompt.switch(&session.in_role(role), format!("aws.use(aws.assume({arn:?}))"));
    Ok(())
}

impl Prompt {
    /// Changes the session as `aws.use` does. `.save` writes the statement into the script.
    fn switch(&mut self, session: &Context, statement: String) {
        self.vm.switch(session);
        self.accepted.push(Accepted::Statement(statement));
    }
}

fn print_line(prompt: &Prompt, text: &str) -> Result<(), Failure> {
    prompt.vm.print(&format!("{}\n", sanitize::line(text)))?;
    prompt.vm.flush()
}

// Commands for the output.

async fn output(prompt: &mut Prompt, format: &str) -> Result<(), Failure> {
    let lua = prompt.vm.lua().clone();
    if format.is_empty() {
        let format = lua.app_data_ref::<OutputStyle>().map(|output| output.format).unwrap_or_default();
        return print_line(prompt, &format.name());
    }
    let format = Format::from_str(format, false).map_err(|_| {
        let known = Format::value_variants().iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
        Failure::failed(format!("unknown format '{format}'; use {known}"))
    })?;
    if let Some(mut output) = lua.app_data_mut::<OutputStyle>() {
        output.format = format;
    }
    Ok(())
}

async fn timing(prompt: &mut Prompt, choice: &str) -> Result<(), Failure> {
    prompt.timing = match choice {
        "" => !prompt.timing,
        "on" => true,
        "off" => false,
        other => return Err(Failure::failed(format!(".timing: expected on or off, got '{other}'"))),
    };
    print_line(prompt, if prompt.timing { "timing is on" } else { "timing is off" })
}

async fn watch(prompt: &mut Prompt, rest: &str) -> Result<(), Failure> {
    let (time, expression) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let pause = match time.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => parse_duration(time).map_err(|e| Failure::failed(format!(".watch: {e}")))?,
    };
    if expression.trim().is_empty() {
        return Err(Failure::failed(".watch: missing expression after the time"));
    }
    loop {
        let line = prompt.scope.load(&prompt.vm, expression)?;
        // Without a pager, which would stop the loop, and without `_`, which would soon keep only these results.
        let results = prompt.finish(line.function, line.arguments).await?;
        prompt.vm.show(&results)?;
        prompt.vm.flush()?;
        let limit = prompt.limit.take();
        let waited = prompt.interruptible(spawn(async move { tokio::time::sleep(pause).await })).await;
        prompt.limit = limit;
        waited?.map_err(|panic| Failure::from(panic.bug()))?;
    }
}

// Commands for lines and files.

async fn edit(prompt: &mut Prompt, _: &str) -> Result<(), Failure> {
    let text = shell::edited(prompt, &prompt.last)?;
    if text.trim().is_empty() {
        return Ok(());
    }
    eprintln!("{}", sanitize::block(text.trim_end()));
    let done = prompt.block(text.trim_end()).await;
    prompt.keep(&text).await?;
    done
}

async fn load(prompt: &mut Prompt, file: &str) -> Result<(), Failure> {
    if file.is_empty() {
        return Err(Failure::failed(".load: missing file"));
    }
    let (source, name) = load_file(&prompt.vm, file)?;
    let chunk = prompt.vm.load(&source, &name)?;
    prompt.evaluate(chunk, MultiValue::new()).await?;
    prompt.accepted.push(Accepted::Statement(format!("dofile({file:?})")));
    Ok(())
}

async fn run(prompt: &mut Prompt, rest: &str) -> Result<(), Failure> {
    let words = shlex::split(rest).ok_or_else(|| Failure::failed(".run: unclosed quote"))?;
    let Some((name, words)) = words.split_first() else {
        return Err(Failure::failed(".run: missing script"));
    };
    let (source, chunk_name) = load_script(&prompt.vm, name)?;
    let (vm, session) = (prompt.vm.another(), prompt.vm.session());
    let script = Script { source: &source, chunk_name: &chunk_name, name, words, facts: None, rehearse: false };
    let done = prompt.interruptible(script.run(&vm, &session)).await;
    // The risk that the script declared does not apply to the prompt.
    session.guard().declare(DeclaredRisk::Nothing).map_err(Failure::from)?;
    done??;
    prompt.vm.flush()
}

async fn scripts(prompt: &mut Prompt, words: &str) -> Result<(), Failure> {
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    prompt.vm.report(&Value::List(listed_scripts::rows(&words)), &moonfleet_report::Layout::default())?;
    prompt.vm.flush()
}

async fn save(prompt: &mut Prompt, file: &str) -> Result<(), Failure> {
    may_write(prompt.vm.lua(), ".save").map_err(|e| failure::from_host(&e))?;
    if file.is_empty() {
        return Err(Failure::failed(".save: missing file"));
    }
    let left_out = session_export::save(&prompt.vm, &prompt.accepted, Path::new(file))?;
    let lines = prompt.accepted.len() - left_out;
    let secrets = match left_out {
        0 => String::new(),
        count => format!("; left out {} with secrets", counted(count, "line")),
    };
    print_line(prompt, &format!("{file}: {}{secrets}", counted(lines, "line")))
}

async fn history(prompt: &mut Prompt, words: &str) -> Result<(), Failure> {
    let lines = prompt.editor.lock().await.history()?;
    let contains_all = |line: &&String| words.split_whitespace().all(|word| line.contains(word));
    let text: String = lines.iter().filter(contains_all).map(|line| format!("{}\n", sanitize::block(line))).collect();
    prompt.vm.print(&text)?;
    prompt.vm.flush()
}

async fn types(prompt: &mut Prompt, services: &str) -> Result<(), Failure> {
    may_write(prompt.vm.lua(), ".types").map_err(|e| failure::from_host(&e))?;
    let services: Vec<String> = services.split_whitespace().map(str::to_owned).collect();
    let report = crate::types::install(&services, None).map_err(|e| Failure::failed(e.to_string()))?;
    prompt.vm.print(&report)?;
    prompt.vm.flush()
}

async fn quit(prompt: &mut Prompt, _: &str) -> Result<(), Failure> {
    prompt.leaves = true;
    Ok(())
}
