//! `moonfleet completions SHELL`: the completion script for a shell, generated from the definition of
//! the command line and the names of the library's scripts.

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::{Shell, generate};

use crate::assets;
use crate::cli;

/// The commands that take a script, each with the name of that argument.
const SCRIPT_ARGUMENTS: [(&str, &str); 2] = [("run", "script"), ("policy", "source")];

pub(crate) fn render(shell: Shell) -> String {
    let mut text = Vec::new();
    generate(shell, &mut command(), "moonfleet", &mut text);
    String::from_utf8(text).expect("clap_complete writes UTF-8")
}

/// Returns the command line with the library's scripts as possible values.
fn command() -> Command {
    // clap needs static names. The process ends as soon as the script is printed.
    let names: Vec<&'static str> = assets::script_names().into_iter().map(|name| &*name.leak()).collect();
    SCRIPT_ARGUMENTS.iter().fold(cli::command(), |command, (name, argument)| {
        let parser = PossibleValuesParser::new(names.clone());
        command.mut_subcommand(*name, |command| {
            command
                .mut_args(|known| if known.get_id() == argument { known.value_parser(parser.clone()) } else { known })
        })
    })
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_completes_options_and_commands() {
        for shell in Shell::value_variants() {
            let text = render(*shell);
            assert!(text.contains("read-only") && text.contains("undo"), "{shell}");
        }
    }

    /// The generators for the other shells do not complete values of positional arguments.
    #[test]
    fn bash_and_zsh_complete_scripts() {
        for shell in [Shell::Bash, Shell::Zsh] {
            assert!(render(shell).contains("fleet-report"), "{shell}");
        }
    }
}
