//! Makes the calls of a contained process, which has no network and no credentials.
//!
//! Nothing in a request is trusted. A session must be the run's own, or have assumed a role that the user allows.
//! A call may not name a resource of another account: the owner of that account could read the name in its logs.
//! All calls pass the guard and are recorded, in the same way as the calls of other runs.

use std::time::Duration;

use moonfleet_bindings::{Answer, Operation, Polled, Risk, Service, data_answer};
use moonfleet_client::CALL_TIMEOUT;
use moonfleet_client::SessionSettings;
use moonfleet_client::remote::{RemoteCall, RemoteNotice, RemotePoll, RemotePolled, RemoteReply, RemoteRequest};
use moonfleet_core::error::REFUSED;
use moonfleet_core::{Error, Map, Value};
use wildmatch::WildMatch;

use crate::context::Context;
use crate::dispatch::{Dispatched, admit, dispatch};
use crate::fleet::output;
use crate::guard::{DeclaredRisk, GuardedCall};
use crate::record;
use crate::waiter;

/// The sessions that a contained process can have.
pub enum AllowedSessions {
    /// The run's own, and those that have assumed one of these roles from it. The ARNs can have `*` for any text.
    Own { roles: Vec<WildMatch> },
    /// All: for scripts that are only rehearsed in the sandbox or planned.
    Any,
}

impl AllowedSessions {
    /// Returns the run's own session with these roles.
    pub fn own(roles: &[String]) -> Self {
        AllowedSessions::Own { roles: roles.iter().map(|arn| WildMatch::new(arn)).collect() }
    }
}

/// Answers the requests of a contained process.
pub struct CallBroker {
    /// The context of the run.
    context: Context,
    sessions: AllowedSessions,
    /// The risk in the script's header, once `run` begins. `None` without a header.
    declared: Option<Risk>,
}

impl CallBroker {
    /// Makes a broker for a run. `declared` is the risk in the header of the run's script: until the script begins its
    /// `run` function, it may only read.
    pub fn new(context: Context, sessions: AllowedSessions, declared: Option<Risk>) -> Result<Self, Error> {
        if declared.is_some() {
            context.guard().declare(DeclaredRisk::NotYet)?;
        }
        Ok(CallBroker { context, sessions, declared })
    }

    /// Answers a request.
    pub async fn answer(&self, request: RemoteRequest) -> Result<RemoteReply, Error> {
        match request {
            RemoteRequest::Call(call) => self.call(call).await,
            RemoteRequest::Poll { waiter, call } => self.poll(&waiter, call).await.map(RemoteReply::Polled),
            RemoteRequest::Check(call) => {
                let (session, service, operation) = self.named(&call)?;
                let passes = session.guard().check(&session, service, operation);
                passes.inspect_err(|error| record::refused(&session, service, operation, &Value::Nil, error))?;
                Ok(RemoteReply::Done)
            }
            RemoteRequest::Examine(call) => {
                let (session, service, operation) = self.named(&call)?;
                // Not a whole input: it has only the resources that many calls will change.
                let call = GuardedCall { session: &session, service, operation, input: &call.input };
                session.guard().examine(call).await.map(|_| RemoteReply::Done)
            }
            RemoteRequest::Caller(settings) => {
                let session = self.session(&settings)?;
                session.caller().await.cloned().map(RemoteReply::Caller)
            }
            RemoteRequest::Profiles => {
                let own = || self.context.settings().principal.profile.clone().into_iter().collect();
                match self.sessions {
                    AllowedSessions::Own { .. } => Ok(RemoteReply::Names(own())),
                    AllowedSessions::Any => self.context.profiles().await.map(RemoteReply::Names),
                }
            }
            RemoteRequest::Output { session, url } => {
                let session = self.session(&session)?;
                let owner = if session.is_sandbox() { None } else { Some(session.caller().await?.account.clone()) };
                output::fetch(session.session(), &url, owner).await.map(RemoteReply::Text)
            }
            RemoteRequest::Begin => {
                let declared = self.declared.map_or(DeclaredRisk::Nothing, DeclaredRisk::Risk);
                self.context.guard().declare(declared).map(|()| RemoteReply::Done)
            }
        }
    }

    pub fn notice(&self, notice: RemoteNotice) {
        let guard = self.context.guard();
        match (notice, guard.plan()) {
            (RemoteNotice::PlanStopped { needs, planned }, Some(plan)) => drop(plan.stop(&needs, &planned)),
            (RemoteNotice::PlanStopped { .. }, None) => {}
            (RemoteNotice::NewRun, _) => guard.begin(),
        }
    }

    async fn call(&self, call: RemoteCall) -> Result<RemoteReply, Error> {
        let (session, service, operation) = self.named(&call)?;
        check_accounts(&session, service, operation, &call.input).await?;
        match dispatch(session, service, operation, Value::Map(call.input), call.options).await? {
            Dispatched::Answer(answer) => encode(&answer).map(RemoteReply::Answer),
            Dispatched::Planned(call) => Ok(RemoteReply::Planned(call.change)),
        }
    }

    async fn poll(&self, waiter: &str, call: RemoteCall) -> Result<RemotePoll, Error> {
        let (session, service, operation) = self.named(&call)?;
        let waiter = service.waiter(waiter).filter(|waiter| waiter.operation.name == operation.name);
        let waiter = waiter.ok_or_else(|| Error::new("Bug", "there is no such waiter"))?;
        check_accounts(&session, service, operation, &call.input).await?;
        let input = admit(&session, service, operation, Value::Map(call.input))?;
        let poll = waiter::poll(&session, service, waiter, &input, &call.options, POLL_TIMEOUT).await?;
        let result = match poll.result {
            Some(Ok(Polled::NotYet)) => Ok(RemotePolled::NotYet),
            Some(Ok(Polled::Done(answer))) => answer.as_ref().map(encode).transpose().map(RemotePolled::Done),
            Some(Err(error)) => Err(error),
            None => Err(Error { retryable: true, ..Error::new("Timeout", "the poll took too long") }),
        };
        Ok(RemotePoll { result, states: poll.states })
    }

    fn named(&self, call: &RemoteCall) -> Result<(Context, &'static Service, &'static Operation), Error> {
        let (service, operation) = call.named()?;
        Ok((self.session(&call.session)?, service, operation))
    }

    /// Returns the context of a session. Returns an error if the session is not allowed.
    fn session(&self, settings: &SessionSettings) -> Result<Context, Error> {
        let (own, asked) = (&self.context.settings().principal, &settings.principal);
        let refused = |problem: String| Err(Error::new(REFUSED, format!("refused, nothing was sent: {problem}")));
        if asked.endpoint_url != own.endpoint_url {
            let url = asked.endpoint_url.as_deref().unwrap_or_default();
            return refused(format!("a contained run has only the endpoints of its own session, not {url:?}"));
        }
        let AllowedSessions::Own { roles } = &self.sessions else { return Ok(self.context.with(settings.clone())) };
        if asked.profile != own.profile {
            let profile = asked.profile.as_deref().unwrap_or("default");
            return refused(format!("a contained run has only its own session, not profile {profile:?}"));
        }
        let added = asked.roles.strip_prefix(&own.roles[..]);
        let Some(added) = added else {
            return refused("a contained run has only its own session, with the roles of that session".to_owned());
        };
        match added.iter().find(|role| !roles.iter().any(|allowed| allowed.matches(&role.arn))) {
            Some(role) => refused(format!("the role {} is not allowed; allow it with --allow-role", role.arn)),
            None => Ok(self.context.with(settings.clone())),
        }
    }
}

/// The time limit of a poll, which the contained process usually ends before.
const POLL_TIMEOUT: Duration = CALL_TIMEOUT;

fn encode(answer: &Answer) -> Result<Vec<u8>, Error> {
    data_answer::encode(&**answer).map_err(|e| Error::new("Bug", format!("the answer cannot be encoded: {e}")))
}

/// Refuses a call that names a resource of another account.
async fn check_accounts(
    session: &Context,
    service: &'static Service,
    operation: &'static Operation,
    input: &Map,
) -> Result<(), Error> {
    let mut accounts = Vec::new();
    input.0.iter().for_each(|(_, value)| collect_accounts(value, &mut accounts));
    if accounts.is_empty() {
        return Ok(());
    }
    let own = session.caller().await?.account.as_str();
    match accounts.into_iter().find(|account| account != own) {
        Some(other) => Err(Error {
            service: Some(service.name.to_owned()),
            operation: Some(operation.name.to_owned()),
            ..Error::new(
                REFUSED,
                format!(
                    "refused, nothing was sent: the call names a resource of account {other}, and the run is --contain in account {own}"
                ),
            )
        }),
        None => Ok(()),
    }
}

/// Collects the accounts in the ARNs of a value.
fn collect_accounts(value: &Value, accounts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let parts: Vec<&str> = text.splitn(6, ':').collect();
            if let ["arn", _, _, _, account, _] = parts[..]
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
            {
                accounts.push(account.to_owned());
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect_accounts(item, accounts)),
        Value::Map(Map(entries)) => {
            for (key, value) in entries {
                collect_accounts(&Value::from(key.as_str()), accounts);
                collect_accounts(value, accounts);
            }
        }
        _ => {}
    }
}
