//! The table of the prompt's commands: for dispatch, help and completion.

use moonfleet_core::{Failure, sanitize, suggest};

pub(super) struct DotCommand {
    pub name: &'static str,
    /// One word for each argument, which selects its completion. `[…]` marks an optional one.
    pub arguments: &'static str,
    pub help: &'static str,
}

/// Hands all commands to a macro: name, arguments, help.
macro_rules! for_each_command {
    ($use:ident) => {
        $use! {
            help "[TOPIC]" "List these commands, or show help on a topic, as ?TOPIC does."
            profile "[PROFILE]" "Show or change the profile that makes the calls."
            region "[REGION]" "Show or change the region of the calls."
            role "[ARN]" "Show the assumed role, or assume a role."
            output "[FORMAT]" "Show or change the format of results: table, json, jsonl, csv, md, html."
            timing "[on|off]" "Print the time and the requests of each line."
            watch "TIME EXPR" "Evaluate repeatedly, for example .watch 5 #ec2.describe_instances.all(); Ctrl-C ends it."
            edit "" "Edit the last line in $VISUAL or $EDITOR, and run the result."
            load "FILE" "Run a Lua file."
            run "SCRIPT [ARGUMENTS]" "Run a script of the library, or a script file."
            scripts "[WORDS]" "List the scripts, or those that contain these words."
            save "FILE" "Save the lines that ran without an error as a script."
            history "[WORDS]" "List the previous lines, or those that contain these words."
            types "[SERVICES]" "Install the stubs with which editors complete and check scripts."
            quit "" "Leave the prompt, as Ctrl-D does."
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

/// Finds a command by its name or an unambiguous beginning of it.
pub(super) fn find(name: &str) -> Result<&'static DotCommand, Failure> {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        return Ok(command);
    }
    let begin: Vec<_> = COMMANDS.iter().filter(|command| command.name.starts_with(name)).collect();
    match begin[..] {
        [command] => Ok(command),
        [] => {
            let nearest = suggest::nearest(name, COMMANDS.iter().map(|command| command.name));
            let hint = nearest.map_or(".help lists the commands".to_owned(), |near| format!("did you mean .{near}?"));
            Err(Failure::failed(format!("there is no command .{}; {hint}", sanitize::line(name))))
        }
        _ => {
            let names: Vec<String> = begin.iter().map(|command| format!(".{}", command.name)).collect();
            Err(Failure::failed(format!(".{name} is ambiguous: {}", names.join(", "))))
        }
    }
}

impl DotCommand {
    pub(super) fn needs_arguments(&self) -> bool {
        !self.arguments.is_empty() && !self.arguments.starts_with('[')
    }
}

#[cfg(test)]
mod tests {
    use super::COMMANDS;
    use crate::help_style::problem;

    #[test]
    fn help_of_commands_is_one_plain_sentence() {
        let problems: Vec<String> = COMMANDS
            .iter()
            .filter_map(|command| Some(format!(".{}: {}", command.name, problem(command.help)?)))
            .collect();
        assert_eq!(problems, [""; 0]);
    }
}
