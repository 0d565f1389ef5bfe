//! The library behind the `moonfleet` binary. ARCHITECTURE.md shows the layers.

mod apply;
pub mod assets;
pub mod bug;
pub mod cli;
mod completions;
pub mod deliver;
mod generated_folder;
pub mod machine;
mod new;
mod policy;
mod progress_bar;
pub mod repl;
pub mod run;
pub mod schedule;
mod script_list;
pub mod settings;
pub mod simulation;
mod terminal;
pub mod testing;
pub mod trailing_options;
pub mod types;
pub mod unattended;
mod undo;
