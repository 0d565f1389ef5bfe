//! Tests that need the program's crates, not only its binary. They link the whole SDK, so behavior
//! that is visible from outside is tested in `cli` and its neighbours.

mod botocore;
mod cost;
mod customizations;
mod every_service;
mod inputs;
mod memory;
mod requests;
mod secrets;
mod sent_once;
mod stubs;
#[path = "../support/mod.rs"]
mod support;
mod waiters;
