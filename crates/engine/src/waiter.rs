//! One poll of a waiter. The SDK sends it and decides whether the state is reached.

use std::time::Duration;

use moonfleet_bindings::secrets::remember_answer;
use moonfleet_bindings::{Polled, Service, Waiter, WaiterProbe};
use moonfleet_client::remote::{RemoteCall, RemotePoll, RemotePolled, RemoteReply, RemoteRequest, answer, unexpected};
use moonfleet_client::{CallOptions, spawn};
use moonfleet_core::{Error, Map};

use crate::context::Context;

/// The result of a poll.
pub struct Poll {
    /// `None` if the poll took too long.
    pub result: Option<Result<Polled, Error>>,
    /// The states that the poll saw, each with its count; the code of the error if it failed.
    pub states: Vec<(String, usize)>,
}

/// Polls a waiter once. Its input is checked.
pub async fn poll(
    session: &Context,
    service: &'static Service,
    waiter: &'static Waiter,
    input: &Map,
    options: &CallOptions,
    limit: Duration,
) -> Result<Poll, Error> {
    if session.remote().is_some() {
        return poll_remotely(session, service, waiter, input, options, limit).await;
    }
    let probe = WaiterProbe::default();
    let client = session.watched_client(service, options, waiter.watch(&probe)).await?;
    let observed = match session.observer() {
        Some(observer) => Some(observer.begin(session, service, waiter.operation, input).await?),
        None => None,
    };
    let poll = waiter.poll(&client, input.clone());
    let poll = spawn(async move { tokio::time::timeout(limit, poll).await }).await.map_err(|panic| panic.bug())?;
    if let (Ok(poll), Some(observed)) = (&poll, observed) {
        observed.end_poll(waiter.operation, poll);
    }
    if let Ok(Ok(Polled::Done(Some(answer)))) = &poll {
        remember_answer(waiter.operation, &**answer);
    }
    let result = poll.ok().map(|poll| poll.map_err(|e| session.call_error(service, waiter.operation, e)));
    Ok(Poll { result, states: probe.states(waiter.state) })
}

async fn poll_remotely(
    session: &Context,
    service: &'static Service,
    waiter: &'static Waiter,
    input: &Map,
    options: &CallOptions,
    limit: Duration,
) -> Result<Poll, Error> {
    let Some(remote) = session.remote() else { return Err(Error::new("Bug", "the calls are made by this process")) };
    let call = RemoteCall::new(session, service, waiter.operation, input.clone(), options.clone());
    let asked = remote.ask(RemoteRequest::Poll { waiter: waiter.name.to_owned(), call });
    let reply = spawn(async move { tokio::time::timeout(limit, asked).await }).await.map_err(|panic| panic.bug())?;
    let RemotePoll { result, states } = match reply {
        Ok(Ok(RemoteReply::Polled(poll))) => poll,
        Ok(Ok(other)) => return Err(unexpected(&other)),
        Ok(Err(error)) => return Err(error),
        Err(_) => return Ok(Poll { result: None, states: Vec::new() }),
    };
    let result = match result {
        Ok(RemotePolled::NotYet) => Ok(Polled::NotYet),
        Ok(RemotePolled::Done(None)) => Ok(Polled::Done(None)),
        Ok(RemotePolled::Done(Some(bytes))) => {
            answer(waiter.operation, &bytes).map(|answer| Polled::Done(Some(answer)))
        }
        Err(error) => Err(error),
    };
    Ok(Poll { result: Some(result), states })
}
