//! A fake Systems Manager with the faults that a test configures. It records which commands really
//! ran.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use moonfleet_core::Error;

use super::time::FakeTime;
use crate::fleet::api::{Batch, Invocation, InvocationText, Ssm};

/// The probability of each fault, from 0 to 1.
#[derive(Clone, Copy, Default)]
pub(super) struct Faults {
    /// The command is accepted, but its answer is lost.
    pub answer_lost: f64,
    /// The request is lost. For the caller this is the same error.
    pub request_lost: f64,
    pub unconnected: f64,
    pub refused: f64,
    pub find: f64,
    pub list: f64,
    pub get: f64,
    pub cancel: f64,
    /// The server has no lists of invocations.
    pub no_lists: bool,
    /// Errors do not name the refused ids.
    pub unnamed: bool,
    /// Seconds until a command is visible.
    pub late: u64,
}

/// What a machine does with a command.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum FakeFate {
    Runs {
        seconds: u64,
        code: i64,
    },
    ExecutionTimesOut,
    Stuck,
    /// The command ran, and Systems Manager reports an undocumented status.
    Strange,
    /// Systems Manager reports this status and these details.
    Settled(&'static str, &'static str),
    /// SendCommand refuses the id, and with it the whole command.
    Unmanaged,
}

impl FakeFate {
    fn runs(self) -> bool {
        matches!(self, FakeFate::Runs { .. } | FakeFate::ExecutionTimesOut | FakeFate::Stuck | FakeFate::Strange)
    }
}

pub(super) struct FakeCommand {
    pub batch: Batch,
    pub ids: Vec<String>,
    pub at: Duration,
    cancelled: Option<(Duration, Vec<String>)>,
}

pub(super) struct Fake {
    pub time: Rc<FakeTime>,
    pub faults: Faults,
    pub fates: BTreeMap<String, FakeFate>,
    /// The targets that Systems Manager selects itself.
    pub selected: Option<Vec<String>>,
    pub output: String,
    pub whole: Option<String>,
    pub rng: RefCell<fastrand::Rng>,
    pub commands: RefCell<Vec<FakeCommand>>,
    /// How often each machine got a command that it runs.
    pub ran: RefCell<BTreeMap<String, usize>>,
    pub calls: RefCell<BTreeMap<&'static str, usize>>,
    pub abandoned: RefCell<Vec<String>>,
    pub lost: Cell<usize>,
}

impl Fake {
    pub(super) fn new(
        time: &Rc<FakeTime>,
        fates: impl IntoIterator<Item = (String, FakeFate)>,
        faults: Faults,
        seed: u64,
    ) -> Self {
        Fake {
            time: time.clone(),
            faults,
            fates: fates.into_iter().collect(),
            selected: None,
            output: "fine\n".to_owned(),
            whole: None,
            rng: RefCell::new(fastrand::Rng::with_seed(seed)),
            commands: RefCell::default(),
            ran: RefCell::default(),
            calls: RefCell::default(),
            abandoned: RefCell::default(),
            lost: Cell::new(0),
        }
    }

    async fn call(&self, name: &'static str) {
        *self.calls.borrow_mut().entry(name).or_default() += 1;
        let millis = self.rng.borrow_mut().u64(20..200);
        self.time.sleep(Duration::from_millis(millis)).await;
    }

    fn happens(&self, chance: f64) -> bool {
        chance > 0.0 && self.rng.borrow_mut().f64() < chance
    }

    fn transient(&self) -> Error {
        let (code, status) = *self.rng.borrow_mut().choice(&TRANSIENT).expect("the list is not empty");
        Error { status, retryable: true, ..Error::new(code, "for a while") }
    }

    /// Counts the machines that work on a command.
    pub(super) fn busy(&self) -> usize {
        let commands = self.commands.borrow();
        let working = |command: &FakeCommand| {
            let width: usize = command.batch.max_concurrency.parse().expect("a number");
            let open = command.ids.iter().filter(|id| !self.is_done(command, id)).count();
            width.min(open)
        };
        commands.iter().map(working).sum()
    }

    fn is_done(&self, command: &FakeCommand, id: &str) -> bool {
        !matches!(self.state(command, id).0, "Pending" | "InProgress" | "Cancelling")
    }

    fn state(&self, command: &FakeCommand, id: &str) -> (&'static str, &'static str, i64) {
        let age = self.time.now() - command.at;
        let fate = self.fates.get(id).copied().unwrap_or(FakeFate::Runs { seconds: 1, code: 0 });
        let ends = match fate {
            FakeFate::Runs { seconds, .. } => Some(Duration::from_secs(seconds)),
            FakeFate::ExecutionTimesOut => Some(EXECUTION),
            FakeFate::Stuck => None,
            _ => Some(Duration::from_secs(1)),
        };
        let cancelled = command.cancelled.as_ref().filter(|(_, ids)| ids.iter().any(|other| other == id));
        let cancelled = cancelled.map(|(at, _)| *at - command.at);
        if let Some(at) = cancelled
            && ends.is_none_or(|ends| at < ends)
            && age >= at
            && fate != FakeFate::Stuck
        {
            return ("Cancelled", "Cancelled", -1);
        }
        if ends.is_none_or(|ends| age < ends) {
            return if age.as_millis() < 500 { ("Pending", "Pending", -1) } else { ("InProgress", "InProgress", -1) };
        }
        match fate {
            FakeFate::Runs { code: 0, .. } => ("Success", "Success", 0),
            FakeFate::Runs { code, .. } => ("Failed", "Failed", code),
            FakeFate::ExecutionTimesOut => ("TimedOut", "ExecutionTimedOut", 137),
            FakeFate::Strange => ("Success", "PartialSuccess", 0),
            FakeFate::Settled(status, details) => (status, details, -1),
            FakeFate::Stuck | FakeFate::Unmanaged => ("InProgress", "InProgress", -1),
        }
    }

    fn invocation(&self, command: &FakeCommand, id: &str) -> Invocation {
        let (status, details, code) = self.state(command, id);
        Invocation {
            id: id.to_owned(),
            status: status.to_owned(),
            details: details.to_owned(),
            exit_code: Some(code),
            ..Invocation::default()
        }
    }

    fn is_visible(&self, command: &FakeCommand) -> bool {
        self.time.now() >= command.at + Duration::from_secs(self.faults.late)
    }

    fn with<T>(&self, id: &str, read: impl FnOnce(&FakeCommand) -> T) -> Option<T> {
        let at: usize = id.parse().ok()?;
        self.commands.borrow().get(at).filter(|command| self.is_visible(command)).map(read)
    }
}

pub(super) const EXECUTION: Duration = Duration::from_secs(60);
pub(super) const DELIVERY: Duration = Duration::from_secs(30);

const TRANSIENT: [(&str, Option<u16>); 4] = [
    ("Timeout", None),
    ("ConnectionFailed", None),
    ("InternalServerError", Some(500)),
    ("ServiceUnavailable", Some(503)),
];

fn denied() -> Error {
    Error { status: Some(400), ..Error::new("AccessDeniedException", "not allowed") }
}

impl Ssm for Fake {
    async fn send(&self, batch: &Batch) -> Result<String, Error> {
        self.call("send").await;
        let ids = self.selected.clone().unwrap_or_else(|| batch.ids.clone());
        assert!(!batch.ids.is_empty() && (batch.ids.len() <= 50 || self.selected.is_some()), "{}", batch.ids.len());
        if self.happens(self.faults.unconnected) {
            return Err(Error { unsent: true, retryable: true, ..Error::new("ConnectionFailed", "refused") });
        }
        if self.happens(self.faults.refused) {
            return Err(denied());
        }
        if self.happens(self.faults.request_lost) {
            return Err(self.transient());
        }
        let unmanaged: Vec<&str> =
            ids.iter().filter(|id| self.fates.get(*id) == Some(&FakeFate::Unmanaged)).map(String::as_str).collect();
        if !unmanaged.is_empty() {
            let named = if self.faults.unnamed { String::new() } else { format!("[[{}]] ", unmanaged.join(", ")) };
            let message = format!("Instances {named}not in a valid state for account 123456789012");
            return Err(Error { status: Some(400), ..Error::new("InvalidInstanceId", message) });
        }
        for id in &ids {
            if self.fates.get(id).is_none_or(|fate| fate.runs()) {
                *self.ran.borrow_mut().entry(id.clone()).or_default() += 1;
            }
        }
        let mut commands = self.commands.borrow_mut();
        commands.push(FakeCommand { batch: batch.clone(), ids, at: self.time.now(), cancelled: None });
        if self.happens(self.faults.answer_lost) {
            self.lost.set(self.lost.get() + 1);
            return Err(self.transient());
        }
        Ok((commands.len() - 1).to_string())
    }

    async fn find(&self, comment: &str) -> Result<Option<String>, Error> {
        self.call("find").await;
        if self.happens(self.faults.find) {
            return Err(self.transient());
        }
        let commands = self.commands.borrow();
        let found = commands.iter().position(|command| command.batch.comment == comment && self.is_visible(command));
        Ok(found.map(|at| at.to_string()))
    }

    async fn list(&self, command: &str) -> Result<Vec<Invocation>, Error> {
        self.call("list").await;
        if self.faults.no_lists {
            return Err(Error { status: Some(400), ..Error::new("UnknownOperationException", "") });
        }
        if self.happens(self.faults.list) {
            return Err(self.transient());
        }
        let seen = |command: &FakeCommand| command.ids.iter().map(|id| self.invocation(command, id)).collect();
        Ok(self.with(command, seen).unwrap_or_default())
    }

    async fn peek(&self, command: &str, id: &str) -> Result<Option<Invocation>, Error> {
        self.call("peek").await;
        let seen = self.with(command, |command| self.invocation(command, id));
        let text = InvocationText { text: self.output.chars().take(2500).collect(), url: String::new() };
        Ok(seen.map(|seen| Invocation { stdout: text, ..seen }))
    }

    async fn get(&self, command: &str, id: &str) -> Result<Invocation, Error> {
        self.call("get").await;
        if self.happens(self.faults.get) {
            return Err(if self.happens(0.3) { denied() } else { self.transient() });
        }
        let seen = self.with(command, |command| self.invocation(command, id));
        let seen = seen.ok_or_else(|| Error { status: Some(400), ..Error::new("InvocationDoesNotExist", "") })?;
        let url = self.whole.as_ref().map_or(String::new(), |_| "https://s3.amazonaws.com/bucket/key".to_owned());
        let text = self.output.chars().take(24_000).collect();
        Ok(Invocation { stdout: InvocationText { text, url }, ..seen })
    }

    async fn selected(&self, command: &str) -> Result<Option<usize>, Error> {
        self.call("selected").await;
        // The command itself is visible at once.
        let at: usize = command.parse().expect("our own id");
        let command = &self.commands.borrow()[at];
        Ok(command.ids.iter().all(|id| self.is_done(command, id)).then_some(command.ids.len()))
    }

    async fn fetch(&self, _: &str) -> Result<String, Error> {
        self.call("fetch").await;
        self.whole.clone().ok_or_else(denied)
    }

    async fn cancel(&self, command: &str, ids: &[String]) -> Result<(), Error> {
        self.call("cancel").await;
        if self.happens(self.faults.cancel) {
            return Err(self.transient());
        }
        let at: usize = command.parse().expect("our own id");
        self.commands.borrow_mut()[at].cancelled.get_or_insert((self.time.now(), ids.to_vec()));
        Ok(())
    }

    fn abandon(&self, command: &str) {
        self.abandoned.borrow_mut().push(command.to_owned());
    }

    fn abandon_sent(&self, comment: &str) {
        self.abandoned.borrow_mut().push(comment.to_owned());
    }

    async fn pause(&self, time: Duration) {
        self.time.sleep(time).await;
    }

    fn clock(&self) -> Duration {
        self.time.now()
    }
}
