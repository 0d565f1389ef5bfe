//! Makes the calls of a contained process, which has no network and no credentials.
//!
//! Nothing in a request is trusted. A session must be the run's own, or have assumed a role that the user allows.
//! A call may not name a resource of another account: the owner of that account could read the name in its logs.
//! All calls pass the guard and are recorded, in the same way as the calls of other runs.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moonfleet_bindings::{Answer, DOWNLOAD_TO, FileBody, Operation, Polled, Risk, Service, View, gives_events};
use moonfleet_client::CALL_TIMEOUT;
use moonfleet_client::SessionSettings;
use moonfleet_client::remote::{RemoteCall, RemoteNotice, RemotePoll, RemotePolled, RemoteReply, RemoteRequest};
use moonfleet_core::error::REFUSED;
use moonfleet_core::{Error, Map, Value, arn};
use wildmatch::WildMatch;

use crate::context::Context;
use crate::dispatch::{Dispatched, admit, dispatch};
use crate::download::is_download;
use crate::fleet::output;
use crate::guard::{DeclaredRisk, GuardedCall};
use crate::record;
use crate::waiter::Polls;

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
    is_prompt: bool,
    known: Mutex<Known>,
}

/// What the broker has seen in this run.
#[derive(Default)]
struct Known {
    sessions: HashSet<SessionSettings>,
    /// The URLs of outputs in answers.
    urls: HashSet<String>,
    accounts: HashSet<String>,
}

/// The number of sessions that a run can have. Each keeps clients and connections.
const MAX_SESSIONS: usize = 2_000;
/// The number of outputs of commands that a run can read.
const MAX_URLS: usize = 100_000;

impl CallBroker {
    /// Makes a broker for a run. `declared` is the risk in the header of the run's script: until the script begins its
    /// `run` function, it may only read. At a prompt each line is a run for the guard.
    pub fn new(
        context: Context,
        sessions: AllowedSessions,
        declared: Option<Risk>,
        is_prompt: bool,
    ) -> Result<Self, Error> {
        if declared.is_some() {
            context.guard().declare(DeclaredRisk::NotYet)?;
        }
        Ok(CallBroker { context, sessions, declared, is_prompt, known: Mutex::default() })
    }

    /// Whether the run has a session of this account.
    pub fn knows_account(&self, account: &str) -> bool {
        self.known().accounts.contains(account)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request.
    pub async fn answer(&self, request: RemoteRequest) -> Result<RemoteReply, Error> {
        match request {
            RemoteRequest::Call(call) => self.call(call).await,
            RemoteRequest::Poll { waiter, call } => {
                self.poll(&waiter, call).await.map(Box::new).map(RemoteReply::Polled)
            }
            RemoteRequest::Check(call) => {
                let (session, service, operation) = self.named(&call)?;
                let passes = session.guard().check(&session, service, operation);
                passes.inspect_err(|error| record::refused(&session, service, operation, &Value::Nil, error))?;
                Ok(RemoteReply::Done)
            }
            RemoteRequest::Examine(call) => {
                let (session, service, operation) = self.named(&call)?;
                check_accounts(&session, service, operation, &call.input).await?;
                // Not a whole input: it has only the resources that many calls will change.
                let call = GuardedCall { session: &session, service, operation, input: &call.input };
                session.guard().examine(call).await.map(|_| RemoteReply::Done)
            }
            RemoteRequest::Caller(settings) => {
                let session = self.session(&settings)?;
                let caller = session.caller().await?.clone();
                self.known().accounts.insert(caller.account.clone());
                Ok(RemoteReply::Caller(caller))
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
                if !self.known().urls.contains(&url) {
                    return Err(Error::new(
                        REFUSED,
                        "refused, nothing was sent: no answer of this run names the output",
                    ));
                }
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
            (RemoteNotice::NewRun, _) if self.is_prompt => guard.begin(),
            (RemoteNotice::NewRun, _) => {}
        }
    }

    async fn call(&self, call: RemoteCall) -> Result<RemoteReply, Error> {
        let (session, service, operation) = self.named(&call)?;
        check_streams(&session, service, operation, &call.input)?;
        check_accounts(&session, service, operation, &call.input).await?;
        match dispatch(session, service, operation, Value::Map(call.input), call.options.bounded()).await? {
            Dispatched::Answer(answer) => {
                if OUTPUTS.contains(&operation.name) {
                    let mut known = self.known();
                    collect_urls(View::Structure(answer.structure()), &mut known.urls);
                }
                Ok(RemoteReply::Answer(answer.encode()))
            }
            Dispatched::Planned(call) => Ok(RemoteReply::Planned(call.change)),
        }
    }

    async fn poll(&self, waiter: &str, call: RemoteCall) -> Result<RemotePoll, Error> {
        let (session, service, operation) = self.named(&call)?;
        let waiter = service.waiter(waiter).filter(|waiter| waiter.operation.name == operation.name);
        let waiter = waiter.ok_or_else(|| Error::new("Bug", "there is no such waiter"))?;
        check_accounts(&session, service, operation, &call.input).await?;
        let input = admit(&session, service, operation, Value::Map(call.input))?;
        let options = call.options.bounded();
        let poll = Polls::new(&session, service, waiter, &options).poll(&input, POLL_TIMEOUT).await?;
        let result = match poll.result {
            Some(Ok(Polled::NotYet)) => Ok(RemotePolled::NotYet),
            Some(Ok(Polled::Done(answer))) => Ok(RemotePolled::Done(answer.as_ref().map(Answer::encode))),
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
        let settings = SessionSettings { calls: settings.calls.clone().bounded(), ..settings.clone() };
        let (own, asked) = (&self.context.settings().principal, &settings.principal);
        let refused = |problem: String| Err(Error::new(REFUSED, format!("refused, nothing was sent: {problem}")));
        if let Some(region) = settings.region.as_deref().filter(|region| !is_region(region)) {
            return refused(format!("{region:?} is not the name of a region"));
        }
        let mut known = self.known();
        if !known.sessions.contains(&settings) && known.sessions.len() >= MAX_SESSIONS {
            return refused(format!("a contained run has at most {MAX_SESSIONS} sessions"));
        }
        known.sessions.insert(settings.clone());
        drop(known);
        if asked.endpoint_url != own.endpoint_url {
            let url = asked.endpoint_url.as_deref().unwrap_or_default();
            return refused(format!("a contained run has only the endpoints of its own session, not {url:?}"));
        }
        let AllowedSessions::Own { roles } = &self.sessions else { return Ok(self.context.with(settings)) };
        if asked.profile != own.profile {
            let profile = asked.profile.as_deref().unwrap_or("default");
            return refused(format!("a contained run has only its own session, not profile {profile:?}"));
        }
        if asked.mfa != own.mfa {
            return refused("a contained run cannot start a session with MFA".to_owned());
        }
        let added = asked.roles.strip_prefix(&own.roles[..]);
        let Some(added) = added else {
            return refused("a contained run has only its own session, with the roles of that session".to_owned());
        };
        match added.iter().find(|role| !roles.iter().any(|allowed| allowed.matches(&role.arn))) {
            Some(role) => refused(format!("the role {} is not allowed; allow it with --allow-role", role.arn)),
            None => Ok(self.context.with(settings)),
        }
    }
}

/// The time limit of a poll. The contained process usually cancels it earlier.
const POLL_TIMEOUT: Duration = CALL_TIMEOUT;

/// Refuses a call that reads or writes a file, to which a contained script has no right, and one whose answer arrives
/// event by event. A planned change does not read its file.
fn check_streams(
    session: &Context,
    service: &'static Service,
    operation: &'static Operation,
    input: &Map,
) -> Result<(), Error> {
    let file = FileBody::of(operation, input).filter(|_| session.guard().plan().is_none()).map(|file| file.path);
    let target = match input.get(DOWNLOAD_TO) {
        Some(Value::String(path)) if is_download(operation) => Some(path),
        _ => None,
    };
    let why = match (file, target) {
        (Some(path), _) => format!("the call reads the file {path:?}"),
        (None, Some(path)) => format!("the call writes the file {path:?}"),
        (None, None) if gives_events(operation) => "the answer is a stream of events".to_owned(),
        (None, None) => return Ok(()),
    };
    Err(Error {
        service: Some(service.name.to_owned()),
        operation: Some(operation.name.to_owned()),
        ..Error::new(REFUSED, format!("refused, nothing was sent: {why}, and the run is --contain"))
    })
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

/// Operations whose answers have URLs of outputs.
const OUTPUTS: [&str; 2] = ["get_command_invocation", "list_command_invocations"];

/// Collects the URLs in an answer.
fn collect_urls(view: View<'_>, urls: &mut HashSet<String>) {
    match view {
        View::String(text) if text.starts_with("https://") && urls.len() < MAX_URLS => {
            urls.insert(text.to_owned());
        }
        View::List(list) => list.iter().for_each(|item| collect_urls(item, urls)),
        View::Structure(structure) => {
            (0..structure.shape().fields.len()).for_each(|at| collect_urls(structure.get(at), urls));
        }
        _ => {}
    }
}

/// Whether a text can be the name of a region, which becomes a part of host names.
fn is_region(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Adds the account in a text, if the text is an ARN.
fn collect_account(text: &str, accounts: &mut Vec<String>) {
    accounts.extend(arn::account(text).map(str::to_owned));
}

/// Collects the accounts in the ARNs of a value.
fn collect_accounts(value: &Value, accounts: &mut Vec<String>) {
    match value {
        Value::String(text) => collect_account(text, accounts),
        Value::Secret(secret) => collect_account(&String::from_utf8_lossy(secret.reveal()), accounts),
        Value::Bytes(bytes) => collect_account(&String::from_utf8_lossy(bytes), accounts),
        Value::List(items) => items.iter().for_each(|item| collect_accounts(item, accounts)),
        Value::Map(Map(entries)) => {
            for (key, value) in entries {
                collect_account(key, accounts);
                collect_accounts(value, accounts);
            }
        }
        _ => {}
    }
}
