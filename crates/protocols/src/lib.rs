//! Calls of any AWS service along its model: values in, an HTTP request out; an HTTP answer in, a value or an error
//! out; and the endpoint by the service's rules. [`Client`] sends requests through the orchestrator of AWS's SDK.
//!
//! [`Api`] is the entry. Fields have the names of scripts, in snake case; values are those of the core. `smithy/` is the
//! adapter to the protocol crates of AWS's SDK, and `quirks.rs` the table of services that differ from their protocol.

mod answer;
mod api;
mod checked;
mod checksum;
mod client;
mod coverage;
mod endpoint;
mod error;
mod events;
mod one_endpoint;
mod quirks;
mod read;
mod record;
mod request;
mod scalars;
mod schemas;
mod service_error;
mod smithy;
mod tokens;
mod unsigned;
mod write;
mod xml;

pub use answer::Failure;
pub use api::Api;
pub use checked::Mismatch;
pub use checksum::{StreamChecksum, for_stream as checksum_for_stream};
pub use client::{CalledOperation, Client, Input, InputStream, Output, StreamedAnswer};
pub use coverage::check as check_coverage;
pub use endpoint::{Endpoint, Settings, Signing, resolve};
pub use error::Error;
pub use events::{Event, EventDecoder, EventStream};
pub use one_endpoint::has_one_endpoint;
pub use quirks::SigningRules;
pub use record::{ListRef, MapRef, Place, Record, RecordRef, View};
pub use request::PreparedRequest;
pub use service_error::ServiceError;
pub use smithy::RunningChecksum;
pub use tokens::{needs_token, new_token};
pub use unsigned::UnsignedRequest;
