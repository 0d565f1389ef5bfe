//! Options of the program's behind a script's name: `moonfleet run NAME --region eu-west-1` means
//! what it says. A word is the script's where its header declares it, and the program's where
//! that knows such an option; the words of a script without a header are its own.

use std::ffi::OsString;

use clap::{CommandFactory, Parser};
use moonfleet_lua::script::{HeaderFacts, facts};

use crate::cli::{Cli, Command};
use crate::script_source::locate_script;

/// The command line of this process.
pub fn cli() -> Cli {
    read().0.settled()
}

/// Its words, with the program's own before the script.
pub fn words() -> Vec<OsString> {
    read().1
}

fn read() -> (Cli, Vec<OsString>) {
    let given: Vec<OsString> = std::env::args_os().collect();
    let cli = Cli::parse_from(&given);
    match moved(&cli, &given) {
        Some(moved) => (Cli::parse_from(&moved), moved),
        None => (cli, given),
    }
}

/// The same with the program's options in front, where some stand behind a script.
fn moved(cli: &Cli, given: &[OsString]) -> Option<Vec<OsString>> {
    let (name, words): (String, Vec<String>) = match &cli.command {
        Some(Command::Run { script, arguments }) => (script.clone(), arguments.clone()),
        Some(Command::Schedule(order)) => (order.words.first()?.clone(), order.words[1..].to_vec()),
        Some(Command::File(words)) => {
            let mut words = words.iter().map(|word| word.to_str().map(str::to_owned));
            (words.next()??, words.collect::<Option<_>>()?)
        }
        _ => return None,
    };
    if name == "-" || words.is_empty() {
        return None;
    }
    // What is wrong with it is told when it is run.
    let facts = facts(&locate_script(&name).ok()?.source).ok()??;
    let (programs, scripts) = parted(&facts, &words);
    if programs.is_empty() {
        return None;
    }
    let before = &given[1..given.len() - words.len()];
    let all = given[..1].iter().cloned().chain(programs.into_iter().map(OsString::from));
    Some(all.chain(before.iter().cloned()).chain(scripts.into_iter().map(OsString::from)).collect())
}

/// The program's words and the script's.
fn parted(facts: &HeaderFacts, words: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut programs, mut scripts) = (Vec::new(), Vec::new());
    let mut words = words.iter().cloned().peekable();
    while let Some(word) = words.next() {
        let (name, has_value) = word.split_once('=').map_or((word.as_str(), false), |(name, _)| (name, true));
        let (into, wants_value) = match name.strip_prefix("--") {
            Some(name) if facts.argument(name).is_some() => {
                (&mut scripts, facts.argument(name).is_some_and(|argument| !argument.is_flag()))
            }
            _ => match option(name) {
                Some(takes_value) => (&mut programs, takes_value),
                None => (&mut scripts, false),
            },
        };
        into.push(word);
        if wants_value && !has_value {
            into.extend(words.next());
        }
    }
    (programs, scripts)
}

/// Whether an option of the program's takes a value; none where it has none of this name.
fn option(word: &str) -> Option<bool> {
    let command = Cli::command();
    // These say what to run, and that has been said.
    let known = command.get_arguments().filter(|known| !["execute", "print"].contains(&known.get_id().as_str()));
    let is_it = |known: &&clap::Arg| match word.strip_prefix("--") {
        Some(long) => known.get_long() == Some(long),
        None => word.strip_prefix('-').is_some_and(|letters| {
            let short = known.get_short();
            !letters.is_empty() && letters.chars().all(|letter| short == Some(letter))
        }),
    };
    known.into_iter().find(is_it).map(|known| known.get_action().takes_values() && !known.is_require_equals_set())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(words: &str) -> (String, String) {
        let source = "local volumes = require 'volumes'
            return script { summary = 'X.', risk = 'read', run = function() end, args = {
              region = { 'string', help = 'Its own.' }, all = { 'boolean', help = 'Y.' }, old_days = { 'integer', help = 'Z.' },
            } }";
        let facts = facts(source.as_bytes()).ok().flatten().expect("a header");
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let (programs, scripts) = parted(&facts, &words);
        (programs.join(" "), scripts.join(" "))
    }

    #[test]
    fn words_go_to_whom_they_belong() {
        for (words, programs, scripts) in [
            ("--output json --old-days 3", "--output json", "--old-days 3"),
            ("--region eu-west-1 --sandbox", "--sandbox", "--region eu-west-1"),
            ("--all --yes -vv", "--yes -vv", "--all"),
            ("--lock --all --lock=x", "--lock --lock=x", "--all"),
            ("--output=csv old_days=3 --zzz", "--output=csv", "old_days=3 --zzz"),
            ("--old_days --output", "", "--old_days --output"),
            ("-e 1", "", "-e 1"),
            ("--help", "", "--help"),
        ] {
            assert_eq!(parts(words), (programs.to_owned(), scripts.to_owned()), "{words}");
        }
    }
}
