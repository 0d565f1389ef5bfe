//! The Lua machine and all Lua interfaces: AWS, fleets, reports and help as scripts see them,
//! and the headers of scripts.
//!
//! [`vm`] is the machine, which knows no interface by name; [`interfaces`] registers them.

mod access;
pub mod aws;
pub mod containment;
pub mod convert;
mod csv;
mod encoding;
mod error_value;
pub mod failure;
pub mod field_hints;
mod fleet;
pub mod help;
pub mod host;
mod imds;
mod interfaces;
pub mod interrupt;
pub mod json;
pub mod library;
pub mod library_files;
mod local_files;
mod log;
mod lua_advice;
pub mod options;
pub mod output;
mod quote;
pub mod report;
pub mod require;
pub mod script;
pub mod secret;
mod task;
mod terminal_output;
pub mod test_output;
pub mod time;
pub mod tokens;
pub mod vm;
mod windows;

pub use containment::Bounds;
pub use interfaces::builder;
pub use library_files::{LibraryFiles, set_library_files};
pub use output::Output;
pub use require::ScriptFolder;
pub use vm::{Builder, ExitHooks, Vm};
