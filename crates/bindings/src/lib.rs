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
mod model;
mod operation;
mod presign;
mod presigned_copy;
pub mod secrets;
mod shared_answer;
mod text_forms;
mod to_sdk;
mod union_names;
mod waiter_probe;
#[allow(deprecated, reason = "deprecated operations can still be called")]
#[rustfmt::skip]
mod services;
mod reflect;

pub use action::{ActionCondition, ExtraAction, action, actions, needs};
pub use answers::{answer_shapes, structures};
pub use check::{check, check_answer};
pub use failure::{causes, sdk_failure};
pub use filters::filter_names;
pub use model::waiter::accepted_state;
pub use operation::{
    Client, ItemList, NextPage, Operation, PageSize, PageToken, Pagination, Polled, Risk, Service, Waiter,
    built_in_service, operation_counts, service, service_names,
};
pub use presign::{COPY_URL, Presigning, SignedCall, database_token, presign, take_source_region};
pub use presigned_copy::{add_presigned_url, needs_presigned_url};
pub use reflect::{Answer, List, Mapping, Structure, View};
pub use services::ALL as SERVICES;
pub use shared_answer::{Item, SharedPart, items};
pub use text_forms::decoded;
pub use waiter_probe::WaiterProbe;

#[cfg(test)]
mod tests;
