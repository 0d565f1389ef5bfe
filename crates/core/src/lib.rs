//! The foundation of all layers: values and their shapes, errors, failures and exit codes, known
//! secrets, text that is safe to print, time and the folder for state. The crate depends on no
//! other crate of the workspace and on no SDK, so it compiles without waiting for them.

pub mod arn;
mod ask;
pub mod aws_environment;
mod bounded_depth;
pub mod calendar;
mod call_failure;
pub mod clock;
pub mod duration;
pub mod error;
pub mod exit_code;
pub mod exit_hooks;
mod failure;
mod http_client_error;
pub mod json;
pub mod known_secrets;
pub mod limit;
pub mod own_links;
mod plural;
mod progress;
pub mod sanitize;
mod shape;
pub mod state_folder;
pub mod suggest;
mod usd;
mod value;

pub use ask::{Ask, NoTerminal};
pub use call_failure::{CallFailure, CallFailureKind};
pub use clock::Clock;
pub use error::{Error, InputError};
pub use failure::{Failure, FailureKind};
pub use http_client_error::HttpClientError;
pub use limit::Limit;
pub use plural::{counted, plural};
pub use progress::{Progress, ProgressBar};
pub use shape::{Enumeration, Field, Pairs, STAY_LISTS, Shape, ShapeRef, ShapeSource, TextForm, Type, kept};
pub use usd::Usd;
pub use value::{Map, Planned, Secret, Value};
