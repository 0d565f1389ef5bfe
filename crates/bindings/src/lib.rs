//! Every operation of the bound services, as data and as functions: its input, its output, its risk,
//! and the call.
//!
//! `services/` is generated; the other modules are its runtime. This crate knows neither Lua nor
//! credentials: the caller provides the configuration of a client.

mod action;
mod answers;
mod check;
pub mod data_answer;
mod declare;
mod failure;
mod filters;
mod operation;
pub mod secrets;
mod shared_answer;
mod to_sdk;
mod waiter_probe;
#[allow(deprecated, reason = "deprecated operations can still be called")]
#[rustfmt::skip]
mod services;
mod reflect;

pub use action::{ActionCondition, ExtraAction, action, actions, needs};
pub use answers::{answer_shapes, structures};
pub use check::check;
pub use failure::{causes, sdk_failure};
pub use filters::filter_names;
pub use operation::{Client, ItemList, Operation, Pagination, Polled, Risk, Service, Waiter, service};
pub use reflect::{Answer, List, Mapping, Structure, View};
pub use services::ALL as SERVICES;
pub use shared_answer::{Item, SharedPart, items};
pub use waiter_probe::WaiterProbe;

#[cfg(test)]
mod tests;
