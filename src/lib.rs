//! The library behind the `moonfleet` binary. ARCHITECTURE.md shows the layers.

mod access {
    pub mod lua;
}
mod apply;
pub mod assets;
pub mod aws;
pub mod bug;
mod catalogue;
pub mod cli;
mod completions;
pub mod deliver;
pub mod fleet {
    pub mod lua;
}
pub mod help;
mod lock;
pub mod lua;
mod new;
pub mod outcome;
mod policy;
mod progress_bar;
pub mod repl;
mod simulation;
mod terminal;
pub mod report {
    pub mod lua;
}
pub mod run;
pub mod schedule;
pub mod script;
pub mod settings;
pub mod testing;
pub mod trailing;
pub mod types;
mod undo;
