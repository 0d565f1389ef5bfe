//! Every operation of AWS's services, as data and as functions: its input, its output, its risk, and the call.
//!
//! `model/` makes the operations of AWS's models; the other modules are what all operations share. This crate knows
//! neither Lua nor credentials: the caller provides the configuration of a client.

mod action;
mod answer;
mod answers;
mod catalogue;
mod check;
mod failure;
mod file_body;
mod filters;
mod global;
mod model;
mod operation;
mod presign;
mod presigned_copy;
mod price;
pub mod secrets;
mod text_forms;
mod waiter_probe;

pub use action::{ActionCondition, ExtraAction, action, actions, needs};
pub use answer::{Answer, Item, List, Mapping, Part, Structure, View, items};
pub use answers::{answer_shapes, structures};
pub use catalogue::{ListedService, catalogue, listed_service, nearest_service};
pub use check::{check, check_answer};
pub use failure::{causes, sdk_failure};
pub use file_body::FileBody;
pub use filters::filter_names;
pub use global::is_global;
pub use model::shapes::{DOWNLOAD_TO, DOWNLOADED_FILE};
pub use model::streams::{Events, gives_events, take_bytes, take_events};
pub use model::waiter::accepted_state;
pub use moonfleet_models::{Risk, service_name};
pub use moonfleet_protocols::{RunningChecksum, StreamedAnswer};
pub use operation::{
    BASIC_SERVICES, Client, ItemList, NextPage, Operation, PageSize, PageToken, Pagination, Polled, SERVICES, Service,
    Waiter, basic_service, built_in_service, service, service_names,
};
pub use presign::{COPY_URL, Presigning, SignedCall, database_token, presign, take_source_region};
pub use presigned_copy::{add_presigned_url, needs_presigned_url};
pub use price::price;
pub use text_forms::decoded;
pub use waiter_probe::WaiterProbe;

#[cfg(test)]
mod tests;
