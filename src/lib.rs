//! The library behind the `moonfleet` binary. ARCHITECTURE.md shows the layers.

mod apply;
pub mod assets;
pub mod bug;
mod catalogue;
pub mod cli;
mod completions;
pub mod deliver;
mod lock;
pub mod machine;
mod new;
pub mod outcome;
mod policy;
mod progress_bar;
pub mod repl;
pub mod run;
pub mod schedule;
pub mod settings;
pub mod simulation;
mod terminal;
pub mod testing;
pub mod trailing;
pub mod types;
mod undo;
