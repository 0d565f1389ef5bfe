//! Systems Manager: managed nodes, what runs on them, what is known of them, and parameters.
//!
//! * [`nodes`] says which machines are managed and reachable,
//! * [`send`] checks a command and finds its targets,
//! * [`life`] is a command's life cycle as a function of time,
//! * [`commands`] lists, reads and cancels commands,
//! * [`pace`] throttles who asks too fast,
//! * [`agent`] and [`shell`] answer for the machines,
//! * [`documents`] are those that can be named,
//! * [`associations`] is State Manager, [`patching`] Patch Manager,
//! * [`inventory`] and [`compliance`] are what is known of the nodes,
//! * [`sessions`] are records of Session Manager,
//! * [`parameters`] is the Parameter Store,
//! * [`tags`], [`service_settings`], [`filters`] and [`pages`] serve all of these.

mod agent;
pub mod associations;
mod command_lifecycle;
pub mod commands;
mod compliance;
mod documents;
mod errors;
mod filters;
pub mod inventory;
mod machine;
pub mod node;
mod nodes;
mod operations;
mod outcome;
mod pages;
pub mod parameters;
pub mod patching;
mod powershell;
mod send;
mod service_settings;
mod sessions;
mod shell;
pub mod state;
mod tag_store;
mod tags;
mod targets;
#[cfg(test)]
mod tests;
mod throttling;
mod token_bucket;

pub use operations::register;
pub use patching::{Release, default_baseline, patches_for};
