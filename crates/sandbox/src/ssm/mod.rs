//! Systems Manager: managed nodes, commands, inventory, patches, parameters.
//!
//! * [`nodes`] lists the managed machines, [`node`] and [`machine`] are their types,
//! * [`send`] checks a command and schedules it, [`targets`] selects its machines,
//! * [`command_lifecycle`] is the life cycle of a command as a function of time,
//! * [`commands`] lists, reads and cancels commands,
//! * [`throttling`] limits the rate of calls with [`token_bucket`],
//! * [`agent`], [`shell`] and [`powershell`] run scripts on the machines,
//! * [`documents`] are the documents of the account,
//! * [`associations`] is State Manager, [`patching`] Patch Manager,
//! * [`inventory`] and [`compliance`] hold data of the nodes,
//! * [`sessions`] is Session Manager,
//! * [`parameters`] is the Parameter Store,
//! * [`tags`], [`service_settings`], [`filters`] and [`pages`] serve all of these.

mod agent;
pub(crate) mod associations;
mod command_lifecycle;
pub(crate) mod commands;
mod compliance;
mod documents;
mod errors;
mod filters;
pub(crate) mod inventory;
mod machine;
pub(crate) mod node;
mod nodes;
mod operations;
mod outcome;
mod pages;
pub(crate) mod parameters;
pub(crate) mod patching;
mod powershell;
mod send;
mod service_settings;
mod sessions;
mod shell;
pub(crate) mod state;
mod tag_store;
mod tags;
mod targets;
#[cfg(test)]
mod tests;
mod throttling;
mod token_bucket;

pub(crate) use operations::register;
pub(crate) use patching::{Release, default_baseline, patches_for};
