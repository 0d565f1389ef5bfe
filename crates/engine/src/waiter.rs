//! The polls of a waiter. The SDK, or the acceptors of the model, decide whether the state is reached.

use std::time::Duration;

use moonfleet_bindings::secrets::remember_answer;
use moonfleet_bindings::{Client, Polled, Service, Waiter, WaiterProbe};
use moonfleet_client::remote::{RemoteCall, RemotePoll, RemotePolled, RemoteReply, RemoteRequest, answer, unexpected};
use moonfleet_client::{CallOptions, Remote, Repeat, spawn};
use moonfleet_core::{Error, Map};

use crate::context::Context;

/// The result of a poll.
pub struct Poll {
    /// `None` if the poll took too long.
    pub result: Option<Result<Polled, Error>>,
    /// The states that the poll saw, each with its count; the code of the error if it failed.
    pub states: Vec<(String, usize)>,
}

/// The polls of one wait. They share a client, which learns the time of the server.
pub struct Polls<'a> {
    session: &'a Context,
    service: &'static Service,
    waiter: &'static Waiter,
    options: &'a CallOptions,
    probe: WaiterProbe,
    client: Option<Client>,
}

impl<'a> Polls<'a> {
    pub fn new(
        session: &'a Context,
        service: &'static Service,
        waiter: &'static Waiter,
        options: &'a CallOptions,
    ) -> Self {
        Polls { session, service, waiter, options, probe: WaiterProbe::default(), client: None }
    }

    /// Polls once. The input is checked.
    pub async fn poll(&mut self, input: &Map, limit: Duration) -> Result<Poll, Error> {
        if let Some(remote) = self.session.remote() {
            return self.poll_remotely(&**remote, input, limit).await;
        }
        let poll = self.poll_once(input, limit).await?;
        match &poll.result {
            // The SDK has learned the time of the server from the answer.
            Some(Err(error)) if error.wrong_clock.is_some() => self.poll_once(input, limit).await,
            _ => Ok(poll),
        }
    }

    async fn poll_once(&mut self, input: &Map, limit: Duration) -> Result<Poll, Error> {
        let Polls { session, service, waiter, .. } = *self;
        let client = match &self.client {
            Some(client) => client.clone(),
            None => session.client(service, waiter.operation, Repeat::Safe, self.options).await?,
        };
        self.client = Some(client.clone());
        let observed = match session.observer() {
            Some(observer) => Some(observer.begin(session, service, waiter.operation, input).await?),
            None => None,
        };
        let poll = waiter.poll(&client, input.clone(), &self.probe);
        let poll = spawn(async move { tokio::time::timeout(limit, poll).await }).await.map_err(|panic| panic.bug())?;
        if let (Ok(poll), Some(observed)) = (&poll, observed) {
            observed.end_poll(poll);
        }
        if let Ok(Ok(Polled::Done(Some(answer)))) = &poll {
            remember_answer(waiter.operation, answer);
        }
        let result = poll.ok().map(|poll| poll.map_err(|e| session.call_error(service, waiter.operation, e)));
        Ok(Poll { result, states: self.probe.states(waiter.state) })
    }

    async fn poll_remotely(&self, remote: &dyn Remote, input: &Map, limit: Duration) -> Result<Poll, Error> {
        let operation = self.waiter.operation;
        let call = RemoteCall::new(self.session, self.service, operation, input.clone(), self.options.clone());
        let asked = remote.ask(RemoteRequest::Poll { waiter: self.waiter.name.to_owned(), call });
        let reply = spawn(async move { tokio::time::timeout(limit, asked).await }).await;
        let RemotePoll { result, states } = match reply.map_err(|panic| panic.bug())? {
            Ok(Ok(RemoteReply::Polled(poll))) => *poll,
            Ok(Ok(other)) => return Err(unexpected(&other)),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Ok(Poll { result: None, states: Vec::new() }),
        };
        let result = result.map(|polled| match polled {
            RemotePolled::NotYet => Polled::NotYet,
            RemotePolled::Done(None) => Polled::Done(None),
            RemotePolled::Done(Some(bytes)) => Polled::Done(Some(answer(operation, &bytes))),
        });
        Ok(Poll { result: Some(result), states })
    }
}
