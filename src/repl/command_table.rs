//! The prompt's own commands as a table, which finds them, helps with them and completes them.

use moonfleet_core::{Failure, sanitize, suggest};

pub(super) struct DotCommand {
    pub name: &'static str,
    /// A word for each, which says what completes it.
    pub arguments: &'static str,
    pub help: &'static str,
}

/// Hands all commands to a macro: name, arguments, help.
macro_rules! for_each_command {
    ($use:ident) => {
        $use! {
            help "[TOPIC]" "these commands, or what there is to know of something, as ?TOPIC does"
            profile "[PROFILE]" "the profile that calls are made with, or another one"
            region "[REGION]" "the region that calls go to, or another one"
            role "[ARN]" "the role that calls are made in, or one that is assumed from here"
            output "[FORMAT]" "how results are shown: table, json, jsonl, csv, md, html"
            timing "[on|off]" "say how long each line took"
            watch "TIME EXPR" "evaluate again and again, as in .watch 5 #ec2.describe_instances.all(); Ctrl-C ends it"
            edit "" "edit the last line in $VISUAL or $EDITOR, and run what comes back"
            load "FILE" "run a file of Lua"
            run "SCRIPT [ARGUMENTS]" "run a script of the library, or a file, with its arguments"
            scripts "[WORDS]" "the scripts that there are, or those that have these words"
            save "FILE" "write the lines that ran without an error as a script"
            history "[WORDS]" "the lines that were typed, or those that have these words"
            types "[FOLDER]" "install what editors need to complete and check scripts"
            quit "" "leave, as Ctrl-D does"
        }
    };
}
pub(super) use for_each_command;

macro_rules! table {
    ($($name:ident $arguments:literal $help:literal)*) => {
        pub(crate) const COMMANDS: &[DotCommand] =
            &[$(DotCommand { name: stringify!($name), arguments: $arguments, help: $help }),*];
    };
}

for_each_command!(table);

pub(super) fn find(name: &str) -> Result<&'static DotCommand, Failure> {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        return Ok(command);
    }
    let begin: Vec<_> = COMMANDS.iter().filter(|command| command.name.starts_with(name)).collect();
    match begin[..] {
        [command] => Ok(command),
        [] => {
            let nearest = suggest::nearest(name, COMMANDS.iter().map(|command| command.name));
            let hint = nearest.map_or(".help lists what there is".to_owned(), |near| format!("did you mean .{near}?"));
            Err(Failure::failed(format!("there is no command .{}; {hint}", sanitize::line(name))))
        }
        _ => {
            let names: Vec<String> = begin.iter().map(|command| format!(".{}", command.name)).collect();
            Err(Failure::failed(format!(".{name} could be {}", names.join(", "))))
        }
    }
}

impl DotCommand {
    pub(super) fn needs_arguments(&self) -> bool {
        !self.arguments.is_empty() && !self.arguments.starts_with('[')
    }
}
