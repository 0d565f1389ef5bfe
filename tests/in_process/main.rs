//! Tests that need the program's own crates, not only its binary. They link the whole SDK, so
//! whatever can be seen from outside is tested in `cli` and its neighbours.

mod botocore;
mod cost;
mod inputs;
mod memory;
mod secrets;
mod sent_once;
mod stubs;
#[path = "../support/mod.rs"]
mod support;
