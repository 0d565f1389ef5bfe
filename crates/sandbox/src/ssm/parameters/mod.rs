//! The Parameter Store: what is kept of a parameter, and how one is named.
//!
//! Secure strings are kept as they came and only shown decrypted to those who ask for it.
//!
//! * [`put`] creates, changes and deletes, [`rules`] is what it demands,
//! * [`get`] reads values, also by version, label and path, and the history,
//! * [`labels`] puts names on versions,
//! * [`describe`] lists what there is, without the values,
//! * [`expand`] replaces `{{ssm:name}}` in a command.

pub mod arns;
mod describe;
mod expand;
mod get;
mod labels;
mod lookup;
mod put;
mod rules;
pub mod state;
#[cfg(test)]
mod tests;

pub use describe::describe_parameters;
pub use expand::expand;
pub use get::{get_parameter, get_parameter_history, get_parameters, get_parameters_by_path};
pub use labels::{label_parameter_version, unlabel_parameter_version};
pub use put::{delete_parameter, delete_parameters, put_parameter};
