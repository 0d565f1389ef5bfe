//! Options of moonfleet behind a script's name, for example `moonfleet run NAME --region eu-west-1`. An
//! option that the script's header declares belongs to the script. Any other option of moonfleet is moved to
//! the front. A script without a header gets all words.

use std::ffi::OsString;
use std::sync::OnceLock;

use clap::CommandFactory as _;
use moonfleet_lua::script::HeaderFacts;

use crate::cli::{self, Cli, Command};
use crate::contained::header;
use crate::script_source::locate_script;

/// Parses the command line of this process.
pub fn parse() -> Cli {
    read().with_command_options()
}

/// Returns the words of this process's command line, with moonfleet's options before the script once [`parse`] has run.
pub fn words() -> Vec<OsString> {
    WORDS.get().cloned().unwrap_or_else(|| std::env::args_os().collect())
}

static WORDS: OnceLock<Vec<OsString>> = OnceLock::new();

fn read() -> Cli {
    let given: Vec<OsString> = std::env::args_os().collect();
    let cli = cli::parse(&given);
    let (cli, words) = match options_first(&cli, &given) {
        Some(moved) => (cli::parse(&moved), moved),
        None => (cli, given),
    };
    WORDS.get_or_init(|| words);
    cli
}

/// Returns the words with moonfleet's options in front; `None` if there are none behind the script.
fn options_first(cli: &Cli, given: &[OsString]) -> Option<Vec<OsString>> {
    let (name, words): (String, Vec<String>) = match &cli.command {
        Some(Command::Run { script, arguments }) => (script.clone(), arguments.clone()),
        Some(Command::Schedule(options)) => {
            let (name, words) = options.script().split_first()?;
            (name.clone(), words.to_vec())
        }
        Some(Command::File(words)) => {
            let mut words = words.iter().map(|word| word.to_str().map(str::to_owned));
            (words.next()??, words.collect::<Option<_>>()?)
        }
        _ => return None,
    };
    if name == "-" || words.is_empty() {
        return None;
    }
    // An error in the script is reported when it is run.
    let facts = header(&locate_script(&name).ok()?).ok()??;
    let (options, arguments) = divide(&facts, &words);
    if options.is_empty() {
        return None;
    }
    let before = &given[1..given.len() - words.len()];
    let all = given[..1].iter().cloned().chain(options.into_iter().map(OsString::from));
    Some(all.chain(before.iter().cloned()).chain(arguments.into_iter().map(OsString::from)).collect())
}

/// Divides the words into options of moonfleet and arguments of the script.
fn divide(facts: &HeaderFacts, words: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut options, mut arguments) = (Vec::new(), Vec::new());
    let mut words = words.iter().cloned().peekable();
    while let Some(word) = words.next() {
        let (name, has_value) = word.split_once('=').map_or((word.as_str(), false), |(name, _)| (name, true));
        let (target, takes_value) = match name.strip_prefix("--") {
            Some(name) if facts.argument(name).is_some() => {
                (&mut arguments, facts.argument(name).is_some_and(|argument| !argument.is_flag()))
            }
            _ => match takes_value(name) {
                Some(takes_value) => (&mut options, takes_value),
                None => (&mut arguments, false),
            },
        };
        target.push(word);
        if takes_value && !has_value {
            target.extend(words.next());
        }
    }
    (options, arguments)
}

/// Whether this option of moonfleet takes a value; `None` if there is no such option.
fn takes_value(word: &str) -> Option<bool> {
    let command = Cli::command();
    // -e and -p cannot be combined with a script.
    let options = command.get_arguments().filter(|option| !["execute", "print"].contains(&option.get_id().as_str()));
    let matches = |option: &&clap::Arg| match word.strip_prefix("--") {
        Some(long) => option.get_long() == Some(long),
        None => word.strip_prefix('-').is_some_and(|letters| {
            let short = option.get_short();
            !letters.is_empty() && letters.chars().all(|letter| short == Some(letter))
        }),
    };
    let mut options = options.into_iter();
    options.find(matches).map(|option| option.get_action().takes_values() && !option.is_require_equals_set())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(words: &str) -> (String, String) {
        let source = "local volumes = require 'volumes'
            return script { summary = 'X.', risk = 'read', run = function() end, args = {
              region = { 'string', help = 'Its own.' }, all = { 'boolean', help = 'Y.' }, old_days = { 'integer', help = 'Z.' },
            } }";
        let facts = moonfleet_lua::script::read_header(source.as_bytes(), None).ok().flatten().expect("a header");
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let (options, arguments) = divide(&facts, &words);
        (options.join(" "), arguments.join(" "))
    }

    #[test]
    fn declared_arguments_stay_and_other_options_of_moonfleet_are_moved() {
        for (words, options, arguments) in [
            ("--output json --old-days 3", "--output json", "--old-days 3"),
            ("--region eu-west-1 --sandbox", "--sandbox", "--region eu-west-1"),
            ("--all --yes -vv", "--yes -vv", "--all"),
            ("--lock --all --lock=x", "--lock --lock=x", "--all"),
            ("--output=csv old_days=3 --zzz", "--output=csv", "old_days=3 --zzz"),
            ("--old_days --output", "", "--old_days --output"),
            ("-e 1", "", "-e 1"),
            ("--help", "", "--help"),
        ] {
            assert_eq!(divided(words), (options.to_owned(), arguments.to_owned()), "{words}");
        }
    }
}
