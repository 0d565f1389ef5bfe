//! Parse, run, and map the outcome to an exit code.

use std::process::ExitCode;

use clap::Parser;
use moonfleet::cli::Cli;

fn main() -> ExitCode {
    moonfleet::run::run(&Cli::parse())
}
