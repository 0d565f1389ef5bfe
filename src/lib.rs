//! The library behind the `moonfleet` binary. ARCHITECTURE.md shows the layers.

pub mod assets;
pub mod aws;
pub mod cli;
pub mod error;
pub mod guard;
pub mod lua;
pub mod repl;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod script;
pub mod session;
