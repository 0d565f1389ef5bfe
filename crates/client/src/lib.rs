//! The only way to AWS: sessions, profiles, credentials, retries, rate limits and paging.
//! Everything is made when it is first needed; a run that calls nothing makes no client, reads
//! no certificate and looks for no credentials.
//!
//! Whether a call may be made at all is decided above, and so is what is recorded: the client
//! takes [`Hooks`] for that, and knows neither the guard nor the record.

mod answer_limits;
pub mod by_name;
mod certificates;
mod hooks;
mod http;
mod identity;
mod known_credentials;
mod metrics;
mod pages;
mod profile;
mod rate_limiter;
mod request;
mod role;
mod runtime;
mod session;
mod trace;
mod truncation_check;

pub use answer_limits::first_bytes;
pub use hooks::{CallObserver, Hooks, ObservedCall, Simulation};
pub use http::{direct_http_client, http_connector};
pub use identity::{CallerIdentity, Principal};
pub use metrics::{count_retry, requests, retries};
pub use pages::Pager;
pub use request::send;
pub use role::Role;
pub use runtime::{Task, non_interactive, shutdown, spawn, spawn_cleanup};
pub use session::{CALL_TIMEOUT, CallOptions, Repeat, Session, SessionSettings};
pub use trace::TARGET as TRACE;
