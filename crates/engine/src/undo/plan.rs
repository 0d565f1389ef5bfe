//! The plan of an undo: which changes of a record can be undone, and why the others cannot.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use moonfleet_bindings::Risk;
use moonfleet_client::SessionSettings;
use moonfleet_core::Error;
use moonfleet_core::error::REFUSED;
use moonfleet_core::{Map, Value};
use moonfleet_core::{plural, sanitize};

use crate::context::Context;
use crate::guard::targets::creates;
use crate::record::{CallOutcome, Callee, Record, RecordLine, Recorded};
use crate::undo::reversible::{
    Aspect, CurrentFacts, FactAfter, Facts, RecordedChange, UndoStep, aspect, read_current_facts,
};

/// The changes of a record, the newest first.
pub struct UndoPlan<'a> {
    pub entries: Vec<UndoEntry<'a>>,
    sessions: Vec<UndoSession>,
}

/// The session of a recorded caller in a region.
struct UndoSession {
    session: Context,
    account: String,
}

pub struct UndoEntry<'a> {
    pub recorded: &'a Recorded,
    pub fate: UndoFate,
}

pub enum UndoFate {
    Back(Reversal),
    /// The change is not undone, for this reason.
    Stays(String),
}

/// The facts of a change that undo removes or restores.
pub struct Reversal {
    pub aspect: &'static dyn Aspect,
    /// The index of the session in the plan.
    pub place: usize,
    /// Facts to remove, with their current values.
    to_remove: CurrentFacts,
    /// Facts to restore, with their old values.
    to_restore: CurrentFacts,
    /// A line for each of these facts: its current value and the value after undo.
    changes: Vec<String>,
    /// A line for each fact that is not undone.
    notes: Vec<String>,
}

pub async fn plan<'a>(origin: &Context, record: &'a Record) -> Result<UndoPlan<'a>, Error> {
    let changes: Vec<&Recorded> = record.calls.iter().rev().filter(|call| is_change(call)).collect();
    let mut sessions = UndoSessions::default();
    let mut planner = UndoPlanner::default();
    for recorded in changes {
        let fate = match reason(recorded) {
            Some(reason) => UndoFate::Stays(reason),
            None => {
                let at = sessions.find_or_add(origin, &recorded.line).await?;
                planner.fate(&sessions.all[at].session, at, recorded).await
            }
        };
        planner.entries.push(UndoEntry { recorded, fate });
    }
    Ok(UndoPlan { entries: planner.entries, sessions: sessions.all })
}

/// Whether the call may have changed something. Failed and refused calls changed nothing.
fn is_change(call: &Recorded) -> bool {
    let changes = call.what.operation.risk > Risk::Read;
    changes && matches!(call.line.outcome, CallOutcome::Ok | CallOutcome::Unknown)
}

/// Returns why a change cannot be undone, if its line alone determines that.
fn reason(recorded: &Recorded) -> Option<String> {
    let line = &recorded.line;
    if line.outcome == CallOutcome::Unknown {
        return Some("its result is unknown; check whether the change was made".to_owned());
    }
    let Callee { service, operation } = recorded.what;
    let Some(aspect) = aspect(service.name, operation.name) else {
        return Some(match operation.risk {
            Risk::Destroy => "the operation is destructive, so nothing is left to restore".to_owned(),
            _ if creates(operation) => "undo does not delete the resources that the call created".to_owned(),
            _ => "undo knows no reverse operation".to_owned(),
        });
    };
    let needs_state = !aspect.queries_before(operation.name, input(line, &Map::default())).is_empty();
    (needs_state && line.before.is_none()).then(|| "the record has no state from before the change".to_owned())
}

fn input<'a>(line: &'a RecordLine, empty: &'a Map) -> &'a Map {
    as_map(&line.input, empty)
}

fn as_map<'a>(value: &'a Value, empty: &'a Map) -> &'a Map {
    if let Value::Map(map) = value { map } else { empty }
}

fn with_change<T>(line: &RecordLine, use_it: impl FnOnce(&RecordedChange) -> T) -> T {
    let (empty, nothing) = (Map::default(), Facts::new());
    use_it(&RecordedChange {
        operation: &line.operation,
        input: input(line, &empty),
        answer: as_map(&line.answer, &empty),
        before: line.before.as_ref().unwrap_or(&nothing),
    })
}

/// The sessions of a record's callers. The account of each is looked up once.
#[derive(Default)]
struct UndoSessions {
    all: Vec<UndoSession>,
}

impl UndoSessions {
    async fn find_or_add(&mut self, origin: &Context, line: &RecordLine) -> Result<usize, Error> {
        let session = session(origin, line)?;
        let known = self.all.iter().position(|known| Arc::ptr_eq(&known.session, &session));
        let at = match known {
            Some(at) => at,
            None => {
                let account = session.caller().await?.account.clone();
                self.all.push(UndoSession { session, account });
                self.all.len() - 1
            }
        };
        check_account(&self.all[at].account, line)?;
        Ok(at)
    }
}

fn check_account(own: &str, line: &RecordLine) -> Result<(), Error> {
    let call = format!("{}.{}", line.service, line.operation);
    match &line.account {
        Some(account) if account == own => Ok(()),
        Some(account) => Err(refused(format!(
            "nothing was undone: {call} was made in account {account}, but the credentials are for account {own}; \
             name the profile with --profile"
        ))),
        None => Err(refused(format!("nothing was undone: the record does not name the account of {call}"))),
    }
}

fn refused(problem: String) -> Error {
    Error::new(REFUSED, problem)
}

/// Returns the session that made a call. `--profile` replaces the recorded profile, for example
/// with one that has more permissions.
fn session(origin: &Context, line: &RecordLine) -> Result<Context, Error> {
    let mut settings: SessionSettings = origin.settings().clone();
    if settings.region.is_some() && settings.region != line.region {
        let (given, recorded) = (settings.region.unwrap_or_default(), line.region.clone().unwrap_or_default());
        return Err(refused(format!(
            "nothing was undone: the record is for region {recorded}, but --region is {given}; leave out --region"
        )));
    }
    settings.principal.profile = settings.principal.profile.or_else(|| line.profile.clone());
    settings.principal.roles = line.roles.clone();
    settings.region = line.region.clone();
    Ok(origin.with(settings))
}

/// The entries so far, and the facts as they will be once these entries are undone.
#[derive(Default)]
struct UndoPlanner<'a> {
    entries: Vec<UndoEntry<'a>>,
    subjects: HashMap<(usize, &'static str, String), Subject>,
}

/// The facts of a subject, by name.
struct Subject {
    now: BTreeMap<String, String>,
    /// The facts once all newer changes are undone.
    planned: BTreeMap<String, String>,
}

impl UndoPlanner<'_> {
    async fn fate(&mut self, session: &Context, place: usize, recorded: &Recorded) -> UndoFate {
        let line = &recorded.line;
        let aspect = aspect(&line.service, &line.operation).expect("a change without an aspect has a reason");
        let (before, effects) = with_change(line, |change| (aspect.before(change), aspect.effects(change)));
        if effects.is_empty() {
            return UndoFate::Stays("the call changed nothing".to_owned());
        }
        let subjects: BTreeSet<String> = effects.iter().map(|(subject, ..)| subject.clone()).collect();
        if let Err(error) = self.read_subjects(session, place, aspect, line, &subjects).await {
            return UndoFate::Stays(format!("cannot read the current state: {error}"));
        }
        let (to_remove, to_restore, changes, notes) = Default::default();
        let mut reversal = Reversal { aspect, place, to_remove, to_restore, changes, notes };
        for (subject, name, after) in effects {
            let old = before.get(&subject).and_then(|names| names.get(&name)).cloned().flatten();
            if !after.is(old.as_deref()) {
                self.reverse_fact(&mut reversal, subject, name, &after, old);
            }
        }
        UndoFate::Back(reversal)
    }

    async fn read_subjects(
        &mut self,
        session: &Context,
        place: usize,
        aspect: &'static dyn Aspect,
        line: &RecordLine,
        subjects: &BTreeSet<String>,
    ) -> Result<(), Error> {
        let key = |subject: &str| (place, aspect.changes()[0], subject.to_owned());
        let unknown: Vec<String> = subjects.iter().filter(|s| !self.subjects.contains_key(&key(s))).cloned().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let queries = with_change(line, |change| aspect.queries_now(change, &unknown));
        let mut current = read_current_facts(session, aspect, queries).await?;
        for subject in unknown {
            let now = current.remove(&subject).unwrap_or_default();
            self.subjects.insert(key(&subject), Subject { planned: now.clone(), now });
        }
        Ok(())
    }

    /// Plans to reverse one fact, if it still is as the change left it: `after`. Its old value is
    /// `old`; `None` if it did not exist.
    fn reverse_fact(
        &mut self,
        reversal: &mut Reversal,
        subject: String,
        name: String,
        after: &FactAfter,
        old: Option<String>,
    ) {
        let key = (reversal.place, reversal.aspect.changes()[0], subject.clone());
        let facts = self.subjects.get_mut(&key).expect("the subject was read before");
        let planned = facts.planned.get(&name).cloned();
        let fact = format!("{subject}: {} {name}", reversal.aspect.noun());
        if planned == old {
            reversal.notes.push(format!("not undone: {fact} already has its old value"));
            return;
        }
        if !after.is(planned.as_deref()) {
            let (planned, after) = (render_value(planned.as_deref()), render_after(after));
            reversal.notes.push(format!("not undone: {fact} is now {planned}; the run left it {after}"));
            return;
        }
        let is_removed =
            |other: &&String| reversal.to_remove.get(&subject).is_some_and(|names| names.contains_key(*other));
        let other = facts.planned.keys().find(|other| !is_removed(other));
        if old.is_some()
            && reversal.aspect.is_exclusive()
            && let Some(other) = other
        {
            reversal.notes.push(format!("not undone: {fact} cannot be restored while {other} is attached"));
            return;
        }
        match &old {
            Some(value) => facts.planned.insert(name.clone(), value.clone()),
            None => facts.planned.remove(&name),
        };
        let now = facts.now.get(&name).cloned();
        leave_to_older(&mut self.entries, reversal, &subject, &name);
        if now == old {
            reversal.notes.push(format!("not undone: {fact} already has its original value"));
            return;
        }
        reversal.changes.push(format!("{fact}: {} → {}", render_value(now.as_deref()), render_value(old.as_deref())));
        let (facts, value) = match old {
            Some(value) => (&mut reversal.to_restore, value),
            None => (&mut reversal.to_remove, now.unwrap_or_default()),
        };
        facts.entry(subject).or_default().insert(name, value);
    }
}

/// Removes a fact from the newer entries, because an older one reverses it too: restoring it
/// first and removing it later could give it another id in between.
fn leave_to_older(entries: &mut [UndoEntry], older: &Reversal, subject: &str, name: &str) {
    for entry in entries {
        let UndoFate::Back(newer) = &mut entry.fate else { continue };
        let is_same = (newer.place, newer.aspect.changes()) == (older.place, older.aspect.changes());
        let fact = format!("{subject}: {} {name}", newer.aspect.noun());
        for facts in [&mut newer.to_remove, &mut newer.to_restore] {
            if is_same && facts.get_mut(subject).is_some_and(|names| names.remove(name).is_some()) {
                facts.retain(|_, names| !names.is_empty());
                newer.changes.retain(|change| !change.starts_with(&format!("{fact}: ")));
                newer.notes.push(format!("{fact}: an older change below undoes it"));
            }
        }
    }
}

fn render_value(value: Option<&str>) -> String {
    value.map_or("absent".to_owned(), |value| format!("{value:?}"))
}

fn render_after(after: &FactAfter) -> String {
    match after {
        FactAfter::Nothing => "absent".to_owned(),
        FactAfter::Any => "present".to_owned(),
        FactAfter::Value(value) => format!("{value:?}"),
    }
}

impl Reversal {
    /// Returns the calls that undo the change: first those that remove facts, which can be in the
    /// way of the others.
    pub fn steps(&self, recorded: &Recorded) -> Vec<UndoStep> {
        with_change(&recorded.line, |change| {
            let none = Vec::new;
            let removing = if self.to_remove.is_empty() { none() } else { self.aspect.remove(change, &self.to_remove) };
            let restoring =
                if self.to_restore.is_empty() { none() } else { self.aspect.restore(change, &self.to_restore) };
            removing.into_iter().chain(restoring).collect()
        })
    }
}

impl UndoEntry<'_> {
    fn steps(&self) -> Vec<UndoStep> {
        match &self.fate {
            UndoFate::Back(reversal) => reversal.steps(self.recorded),
            UndoFate::Stays(_) => Vec::new(),
        }
    }

    pub fn is_reversible(&self) -> bool {
        !self.steps().is_empty()
    }

    /// Returns a title such as `ec2.create_tags of 2026-11-24T21:38:15Z in eu-central-1`.
    pub fn title(&self) -> String {
        let line = &self.recorded.line;
        let region = line.region.as_ref().map_or(String::new(), |region| format!(" in {region}"));
        format!("{}.{} of {}{region}", line.service, line.operation, line.time)
    }
}

impl UndoPlan<'_> {
    /// Returns the number of calls that undo makes.
    pub fn calls(&self) -> usize {
        self.entries.iter().map(|entry| entry.steps().len()).sum()
    }

    /// Returns the session of a reversal.
    pub fn session(&self, place: usize) -> &Context {
        &self.sessions[place].session
    }

    /// Returns the accounts of the plan, such as `account 123456789012`.
    pub fn accounts(&self) -> String {
        let accounts: BTreeSet<&str> = self.sessions.iter().map(|session| session.account.as_str()).collect();
        let word = plural(accounts.len(), "account");
        format!("{word} {}", accounts.into_iter().collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for UndoPlan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            let title = entry.title();
            match &entry.fate {
                UndoFate::Stays(reason) => {
                    writeln!(f, "{}: not undone: {}", sanitize::line(&title), sanitize::line(reason))?
                }
                UndoFate::Back(reversal) => {
                    writeln!(f, "{}", sanitize::line(&title))?;
                    for line in reversal.changes.iter().chain(&reversal.notes) {
                        writeln!(f, "  {}", sanitize::line(line))?;
                    }
                }
            }
        }
        Ok(())
    }
}
