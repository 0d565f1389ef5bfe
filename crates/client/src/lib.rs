//! The only connection to AWS: sessions, profiles, credentials, retries, rate limits and paging.
//! Clients, certificates and credentials are loaded when they are first needed; a run without
//! calls loads none.
//!
//! The crate knows neither the guard nor the record. The layers above decide whether a call may be
//! made, and observe calls through [`Hooks`].

mod answer_limits;
pub mod by_name;
mod certificates;
mod cli_cache;
mod credential_process;
mod hooks;
mod http;
mod identity;
mod instance_role;
mod known_credentials;
mod metrics;
mod pages;
mod presign;
mod profile_accounts;
mod rate_limiter;
pub mod remote;
mod request;
mod role;
mod runtime;
mod session;
mod shared_config;
mod sso_login;
mod trace;
mod truncation_check;

pub use answer_limits::first_bytes;
pub use hooks::{CallObserver, Hooks, Meter, ObservedCall, Simulation};
pub use http::{direct_http_client, http_connector};
pub use identity::{CallerIdentity, Principal};
pub use metrics::{count_retry, requests, retries};
pub use pages::Pager;
pub use remote::Remote;
pub use request::send;
pub use role::{MfaSession, Role};
pub use runtime::{Task, non_interactive, shutdown, spawn, spawn_cleanup};
pub use session::{CALL_TIMEOUT, CallOptions, Repeat, Session, SessionSettings};
pub use trace::TARGET as TRACE;
