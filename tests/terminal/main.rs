//! Tests of the program in a pseudo-terminal.

#![cfg(unix)]

mod commands;
mod completion;
mod confirmation;
mod debugging;
mod endurance;
mod evaluation;
mod fleet;
mod interrupting;
mod lines;
mod prompt;
mod raw_output;
mod show;
mod starting;
#[path = "../support/mod.rs"]
mod support;
mod typing;
mod widths;
