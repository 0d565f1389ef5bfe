//! What prevents a request or an answer. An error that the service itself answers with is a [`ServiceError`].
//!
//! [`ServiceError`]: crate::ServiceError

/// A call that cannot be made, or whose answer cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// This crate does not cover a part of the call, which it names in the plural. Nothing was sent.
    #[error("{0} are not supported")]
    NotCovered(String),
    /// The input cannot be sent. Nothing was sent.
    #[error("{path}: {problem}")]
    Input { path: String, problem: String },
    /// The service has no endpoint for the configuration, or it refuses it. Nothing was sent.
    #[error("{0}")]
    Endpoint(String),
    /// The endpoint rules or the partitions are damaged.
    #[error("the endpoint rules cannot be used: {0}")]
    Rules(String),
    /// The answer is cut, or is not the protocol's. The service may have executed the call.
    #[error("{0}")]
    Answer(String),
}

impl Error {
    pub(crate) fn input(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Input { path: path.into(), problem: problem.into() }
    }
}
