//! The calls of a process that has no network and no credentials: another process makes them.
//!
//! The other process trusts nothing in a request. It checks the session and passes each call through its own
//! guard, so that the answer to a request is the same as if the call were made there.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use moonfleet_bindings::secrets::remember_answer;
use moonfleet_bindings::{Answer, Operation, Service};
use moonfleet_core::{Clock, Error, Map};
use serde::{Deserialize, Serialize};

use crate::identity::CallerIdentity;
use crate::session::{CallOptions, Session, SessionSettings};

/// Sends requests to the process that makes the calls.
pub trait Remote: Send + Sync {
    /// Sends a request. Dropping the future cancels the work of the other process.
    fn ask(&self, request: RemoteRequest) -> BoxFuture<'static, Result<RemoteReply, Error>>;

    /// Sends a message without a reply.
    fn notify(&self, notice: RemoteNotice);

    /// Returns the region of sessions that name none.
    fn region(&self) -> Option<String>;

    /// Returns the clock of a simulated account; `None` for an account of AWS.
    fn clock(&self) -> Option<Arc<dyn Clock>>;
}

#[derive(Debug, Serialize, Deserialize)]
pub enum RemoteRequest {
    /// Make a call; the reply is `Answer` or `Planned`.
    Call(RemoteCall),
    /// Poll a waiter of this name once; the reply is `Polled`.
    Poll { waiter: String, call: RemoteCall },
    /// Check that the guard allows the operation at all.
    Check(RemoteCall),
    /// Check that the guard allows to change the resources in the input.
    Examine(RemoteCall),
    /// Return the session's caller; the reply is `Caller`.
    Caller(SessionSettings),
    /// Return the names of the profiles that sessions can have; the reply is `Names`.
    Profiles,
    /// Read an output of Run Command from S3; the reply is `Text`.
    Output { session: SessionSettings, url: String },
    /// The script's header was read, and `run` begins.
    Begin,
}

/// A call by the names of its service and operation.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoteCall {
    pub session: SessionSettings,
    pub service: String,
    pub operation: String,
    pub input: Map,
    pub options: CallOptions,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum RemoteNotice {
    /// The plan cannot continue, because `needs` needs a value that is not known yet.
    PlanStopped { needs: String, planned: String },
    /// A line of the prompt begins, which is a run of its own for the guard.
    NewRun,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum RemoteReply {
    Done,
    /// An answer, encoded by [`Answer::encode`].
    Answer(Vec<u8>),
    /// The change was added to the plan with this number.
    Planned(usize),
    Polled(Box<RemotePoll>),
    Caller(CallerIdentity),
    Names(Vec<String>),
    Text(String),
}

/// The result of a waiter's poll, and the states that the poll saw, each with its count.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemotePoll {
    pub result: Result<RemotePolled, Error>,
    pub states: Vec<(String, usize)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum RemotePolled {
    /// The state is reached, with this answer; without one if an error is the expected state.
    Done(Option<Vec<u8>>),
    NotYet,
}

/// The result of a call that another process has made.
pub enum RemoteResult {
    Answer(Answer),
    /// The call was added to the plan as the change with this number.
    Planned(usize),
}

/// Makes a call through the other process.
pub async fn call(
    remote: &Arc<dyn Remote>,
    session: &Session,
    service: &'static Service,
    operation: &'static Operation,
    input: Map,
    options: CallOptions,
) -> Result<RemoteResult, Error> {
    let call = RemoteCall::new(session, service, operation, input, options);
    match remote.ask(RemoteRequest::Call(call)).await? {
        RemoteReply::Answer(bytes) => Ok(RemoteResult::Answer(answer(operation, &bytes))),
        RemoteReply::Planned(change) => Ok(RemoteResult::Planned(change)),
        other => Err(unexpected(&other)),
    }
}

/// Decodes an answer, and remembers the secrets in it.
pub fn answer(operation: &'static Operation, bytes: &[u8]) -> Answer {
    let answer = Answer::decode(operation, bytes);
    remember_answer(operation, &answer);
    answer
}

/// Returns the error of a reply that does not fit its request.
pub fn unexpected(reply: &RemoteReply) -> Error {
    Error::new("Bug", format!("the process that makes the calls sent an unexpected reply: {reply:?}"))
}

impl RemoteCall {
    pub fn new(session: &Session, service: &Service, operation: &Operation, input: Map, options: CallOptions) -> Self {
        RemoteCall {
            session: session.settings().clone(),
            service: service.name.to_owned(),
            operation: operation.name.to_owned(),
            input,
            options,
        }
    }

    /// Returns the service and the operation. Returns an error if there is no operation of this name.
    pub fn named(&self) -> Result<(&'static Service, &'static Operation), Error> {
        // A contained process has no newer models.
        let service = moonfleet_bindings::built_in_service(&self.service);
        service
            .and_then(|service| Some((service, service.operation(&self.operation)?)))
            .ok_or_else(|| Error::new("Bug", format!("there is no operation {}.{}", self.service, self.operation)))
    }
}
