//! The Parameter Store.
//!
//! The state holds secure strings in plain text. Responses contain a fake ciphertext unless the
//! request asks for decryption.
//!
//! * [`put`] creates, changes and deletes, [`rules`] has its checks,
//! * [`get`] reads values, by version, label and path, and the history,
//! * [`labels`] labels versions,
//! * [`describe`] lists parameters without their values,
//! * [`expand`] replaces `{{ssm:name}}` in a command.

pub(crate) mod arns;
mod describe;
mod expand;
mod get;
mod labels;
mod lookup;
mod put;
mod rules;
pub(crate) mod state;
#[cfg(test)]
mod tests;

pub(crate) use describe::describe_parameters;
pub(crate) use expand::expand;
pub(crate) use get::{get_parameter, get_parameter_history, get_parameters, get_parameters_by_path};
pub(crate) use labels::{label_parameter_version, unlabel_parameter_version};
pub(crate) use put::{delete_parameter, delete_parameters, put_parameter};
