//! `moonfleet completions SHELL`: what a shell needs to complete a command line, made from the
//! definition of the command line itself and the names of the library's scripts.

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::assets;
use crate::cli::Cli;

/// The commands that take a script, and what they call it.
const TAKE_SCRIPTS: [(&str, &str); 2] = [("run", "script"), ("policy", "of")];

pub(crate) fn render(shell: Shell) -> String {
    let mut text = Vec::new();
    generate(shell, &mut command(), "moonfleet", &mut text);
    String::from_utf8(text).expect("its generators write text")
}

/// The command line as a shell sees it, where the library's scripts are values that are known.
fn command() -> Command {
    // clap keeps names for as long as the process lives, which ends when this is printed.
    let names: Vec<&'static str> = assets::script_names().into_iter().map(|name| &*name.leak()).collect();
    TAKE_SCRIPTS.iter().fold(Cli::command(), |command, (name, argument)| {
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
    fn every_shell_knows_options_and_commands() {
        for shell in Shell::value_variants() {
            let text = render(*shell);
            assert!(text.contains("read-only") && text.contains("undo"), "{shell}");
        }
    }

    /// The others complete no values that stand alone.
    #[test]
    fn bash_and_zsh_know_scripts() {
        for shell in [Shell::Bash, Shell::Zsh] {
            assert!(render(shell).contains("fleet-report"), "{shell}");
        }
    }
}
