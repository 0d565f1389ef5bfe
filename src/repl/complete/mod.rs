//! Completion at the cursor: names from the declarations of operations, from the stubs, from values of the session, and
//! resources of the account. Completion runs no code of the user, and never waits for AWS.

mod cursor_context;
mod expected;
mod expression;
mod local_vars;
mod lua_string;
mod rank;
mod symbol;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod type_expr;
mod values;

use std::sync::{Arc, LazyLock};

use clap::ValueEnum as _;
use moonfleet_core::sanitize::is_unsafe;
use moonfleet_lua::help;
use moonfleet_lua::vm::Vm;
use moonfleet_report::Format;
use resource_cache::{ListOperation, ResourceCache, ResourceKind};

use crate::assets;
use crate::contained::header;
use crate::repl::command_table::{self, COMMANDS};
use crate::repl::resource_cache;
use crate::script_source::locate_script;
use cursor_context::CursorContext;
use rank::{Offer, chosen};

/// The candidates that can replace `line[start..pos]`.
#[derive(Debug, Default, PartialEq)]
pub struct Completion {
    pub start: usize,
    pub candidates: Vec<Candidate>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The text to insert.
    pub text: String,
    /// The text in the list of candidates.
    pub shown: String,
    /// For example `required`, a type, a risk, or the name of a resource.
    pub note: String,
}

#[derive(Default)]
pub struct Completer {
    resources: ResourceCache,
}

impl Completer {
    /// Returns the cached resources of accounts.
    pub fn resources(&self) -> &ResourceCache {
        &self.resources
    }

    pub fn complete(&self, vm: &Vm, line: &str, pos: usize) -> Completion {
        let begin = line.len() - line.trim_start().len();
        let text = line.get(begin..pos).unwrap_or_default();
        if let Some(topic) = text.strip_prefix('?') {
            return chosen(pos - topic.len(), topic, topics());
        }
        if let Some(command) = text.strip_prefix('!') {
            let word = command.rsplit(' ').next().unwrap_or_default();
            return chosen(pos - word.len(), word, plain_only(files(word)));
        }
        match text.strip_prefix('.') {
            Some(command) => self.command(vm, line, pos, command),
            None => self.lua(vm, line, 0, pos),
        }
    }

    fn command(&self, vm: &Vm, line: &str, pos: usize, text: &str) -> Completion {
        let Some((name, argument)) = text.split_once(' ') else {
            let offers = COMMANDS.iter().map(|command| Offer::new(command.name, command.help));
            return chosen(pos - text.len(), text, offers.collect());
        };
        let nothing = Completion { start: pos, candidates: Vec::new() };
        let Ok(command) = command_table::find(name) else { return nothing };
        if let Some((script, words)) =
            argument.trim_start().split_once(' ').filter(|_| command.arguments.starts_with("SCRIPT"))
        {
            let word = words.rsplit(' ').next().unwrap_or_default();
            return chosen(pos - word.len(), word, plain_only(arguments(script, words)));
        }
        let mut takes = command.arguments.split(' ').map(|word| word.trim_matches(['[', ']']));
        let mut argument = argument.trim_start();
        let mut word = takes.next().unwrap_or_default();
        while let Some((_, rest)) = argument.split_once(' ').filter(|_| word != "EXPR") {
            (word, argument) = (takes.next().unwrap_or_default(), rest.trim_start());
        }
        let start = pos - argument.len();
        if word == "EXPR" {
            return self.lua(vm, line, start, pos);
        }
        let known = |kind: Option<ResourceKind>| {
            let known = kind.map(|kind| self.resources.values(&vm.session(), kind));
            known.iter().flat_map(|values| &values.named).map(plain).collect()
        };
        let offers = match word {
            "PROFILE" => known(Some(ResourceKind::Profiles)),
            "REGION" => known(ListOperation::for_name("region").map(ResourceKind::Resources)),
            "ARN" => known(ListOperation::for_name("role_arn").map(ResourceKind::Resources)),
            "FORMAT" => Format::value_variants().iter().filter_map(format).collect(),
            "FILE" | "FOLDER" => files(argument),
            "SCRIPT" => {
                let names = assets::script_names().into_iter().map(|name| Offer::new(name, ""));
                names.chain(files(argument)).collect()
            }
            "TOPIC" => topics(),
            // Literal alternatives, such as `on|off`.
            words if words.contains('|') => words.split('|').map(|word| Offer::new(word, "")).collect(),
            _ => Vec::new(),
        };
        chosen(start, argument, plain_only(offers))
    }

    /// Completes the Lua code that begins at `begin`.
    fn lua(&self, vm: &Vm, line: &str, begin: usize, pos: usize) -> Completion {
        let found = line.get(begin..).zip(pos.checked_sub(begin)).filter(|_| line.is_char_boundary(pos));
        let Some(context) = found.and_then(|(text, cursor)| CursorContext::parse(text, cursor)) else {
            return Completion { start: pos, candidates: Vec::new() };
        };
        let mut completion = match (context.quote, context.owner()) {
            (Some(quote), _) => text::complete(self, vm, &context, quote),
            (None, Some((owner, mark))) => expression::fields(vm, &context, &owner, mark),
            (None, None) if context.begins_element() => table::complete(self, vm, &context),
            (None, None) => table::value(self, vm, &context),
        };
        completion.start += begin;
        completion
    }

    /// Returns the cached resources of a kind in the caller's account, if the caller is known.
    fn values(
        &self,
        caller: &symbol::CallerSession,
        kind: Option<ResourceKind>,
    ) -> Option<Arc<resource_cache::Values>> {
        Some(self.resources.values(caller.as_ref()?, kind?))
    }
}

/// Returns the arguments of a script that are not given yet, or the choices of the argument before the cursor.
fn arguments(script: &str, given: &str) -> Vec<Offer> {
    let facts = locate_script(script).ok().and_then(|script| header(&script).ok().flatten());
    let arguments = facts.map(|facts| facts.args).unwrap_or_default();
    let before = given.rsplit(' ').nth(1).and_then(|word| word.strip_prefix("--"));
    if let Some(argument) = arguments.iter().find(|argument| Some(&*argument.name) == before && !argument.is_flag()) {
        return argument.choices().iter().map(|choice| Offer::new(choice.clone(), "")).collect();
    }
    let is_given =
        |name: &str| given.split(' ').any(|word| word.trim_start_matches('-').split('=').next() == Some(name));
    let open = arguments.into_iter().filter(|argument| !is_given(&argument.name) || given.ends_with(&argument.name));
    open.map(|argument| Offer::new(format!("--{}", argument.name), &argument.help)).collect()
}

/// Returns the names of topics, those without a dot first.
fn topics() -> Vec<Offer> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(help::names);
    NAMES.iter().map(|name| Offer::new(name, "").first(!name.contains('.'))).collect()
}

fn format(format: &Format) -> Option<Offer> {
    Some(Offer::new(format.to_possible_value()?.get_name(), ""))
}

/// Removes offers with control characters, which cannot be escaped outside of quotes.
fn plain_only(offers: Vec<Offer>) -> Vec<Offer> {
    offers.into_iter().filter(|offer| !offer.text.chars().any(is_unsafe)).collect()
}

fn plain(named: &resource_cache::NamedResource) -> Offer {
    Offer::new(&*named.text, "").with_alias(named.name.as_deref().map(str::to_owned))
}

/// Returns the files in the folder of an incomplete path.
fn files(path: &str) -> Vec<Offer> {
    let folder = path.rfind('/').map_or("", |at| &path[..=at]);
    let Ok(entries) = std::fs::read_dir(if folder.is_empty() { "." } else { folder }) else { return Vec::new() };
    let named = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        Some(Offer::new(format!("{folder}{name}{}", if is_folder { "/" } else { "" }), ""))
    });
    named.collect()
}
