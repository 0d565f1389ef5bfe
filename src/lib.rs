//! The library behind the `moonfleet` binary. ARCHITECTURE.md shows the layers.

mod apply;
pub mod assets;
pub mod bug;
pub mod cli;
mod completions;
pub mod contained;
pub mod deliver;
mod failure_report;
mod generated_folder;
#[cfg(test)]
mod help_style;
mod listed_scripts;
mod log_lines;
pub mod machine;
mod models;
mod new;
mod plan_report;
mod policy;
mod progress_bar;
pub mod repl;
pub mod run;
mod runner;
pub mod schedule;
mod script_list;
mod script_source;
pub mod settings;
pub mod simulation;
pub mod standard_output;
mod terminal;
pub mod testing;
pub mod trailing_options;
pub mod types;
pub mod unattended;
mod undo;
mod work;
