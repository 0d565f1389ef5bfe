//! What can be undone of a record, and what cannot and why.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use moonfleet_bindings::Risk;
use moonfleet_client::SessionSettings;
use moonfleet_core::Error;
use moonfleet_core::error::REFUSED;
use moonfleet_core::sanitize;
use moonfleet_core::{Map, Value};

use crate::context::Context;
use crate::guard::targets::created;
use crate::record::{CallOutcome, Callee, Record, RecordLine, Recorded};
use crate::undo::reversible::{
    Aspect, CurrentFacts, FactAfter, Facts, RecordedChange, UndoStep, aspect, read_current_facts,
};

/// Newest first.
pub struct UndoPlan<'a> {
    pub entries: Vec<UndoEntry<'a>>,
    places: Vec<UndoPlace>,
}

/// A caller in a region.
struct UndoPlace {
    session: Context,
    account: String,
}

pub struct UndoEntry<'a> {
    pub recorded: &'a Recorded,
    pub fate: UndoFate,
}

pub enum UndoFate {
    Back(Reversal),
    /// It stays as it is, for this reason.
    Stays(String),
}

pub struct Reversal {
    pub aspect: &'static dyn Aspect,
    pub place: usize,
    /// What is taken away, with the values that it has.
    take: CurrentFacts,
    /// What is put back, with the values that it had.
    put: CurrentFacts,
    /// How each of these is now and will be.
    told: Vec<String>,
    /// What becomes of the others.
    notes: Vec<String>,
}

pub async fn plan<'a>(origin: &Context, record: &'a Record) -> Result<UndoPlan<'a>, Error> {
    let changes: Vec<&Recorded> = record.calls.iter().rev().filter(|call| is_change(call)).collect();
    let mut places = UndoPlaces::default();
    let mut drawn = UndoPlanner::default();
    for recorded in changes {
        let fate = match reason(recorded) {
            Some(reason) => UndoFate::Stays(reason),
            None => {
                let place = places.find_or_add(origin, &recorded.line).await?;
                drawn.fate(&places.all[place].session, place, recorded).await
            }
        };
        drawn.entries.push(UndoEntry { recorded, fate });
    }
    Ok(UndoPlan { entries: drawn.entries, places: places.all })
}

/// What has failed or was refused has changed nothing.
fn is_change(call: &Recorded) -> bool {
    let changes = matches!(call.what, Callee::Operation(_, operation) if operation.risk > Risk::Read);
    changes && matches!(call.line.outcome, CallOutcome::Ok | CallOutcome::Unknown)
}

/// Why a change cannot be undone, where its line alone says so.
fn reason(recorded: &Recorded) -> Option<String> {
    let line = &recorded.line;
    if line.outcome == CallOutcome::Unknown {
        return Some("how it ended is not known; look whether it was done".to_owned());
    }
    let Callee::Operation(service, operation) = recorded.what else { return None };
    let Some(aspect) = aspect(service.name, operation.name) else {
        let empty = Map::default();
        return Some(match operation.risk {
            Risk::Destroy => "what it took away is gone".to_owned(),
            _ if created(operation, input(line, &empty)) > 0 => "what it made stays until it is deleted".to_owned(),
            _ => "it has no known way back".to_owned(),
        });
    };
    let is_asked = !aspect.asked_before(operation.name, input(line, &Map::default())).is_empty();
    (is_asked && line.before.is_none()).then(|| "how it was before could not be read when it was made".to_owned())
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

/// The callers of a record, each asked once who it is.
#[derive(Default)]
struct UndoPlaces {
    all: Vec<UndoPlace>,
}

impl UndoPlaces {
    async fn find_or_add(&mut self, origin: &Context, line: &RecordLine) -> Result<usize, Error> {
        let session = session(origin, line)?;
        let known = self.all.iter().position(|place| Arc::ptr_eq(&place.session, &session));
        let place = match known {
            Some(place) => place,
            None => {
                let account = session.caller().await?.account.clone();
                self.all.push(UndoPlace { session, account });
                self.all.len() - 1
            }
        };
        self.same_account(place, line)
    }

    fn same_account(&self, place: usize, line: &RecordLine) -> Result<usize, Error> {
        let here = &self.all[place].account;
        match &line.account {
            Some(account) if account == here => Ok(place),
            Some(account) => Err(refused(format!(
                "nothing was done: {}.{} was made in account {account}, and these credentials are of {here}",
                line.service, line.operation
            ))),
            None => Err(refused(format!(
                "nothing was done: the record does not say in which account {}.{} was made",
                line.service, line.operation
            ))),
        }
    }
}

fn refused(problem: String) -> Error {
    Error::new(REFUSED, problem)
}

/// The session that made a call. A profile that is named now may do what that one may not.
fn session(origin: &Context, line: &RecordLine) -> Result<Context, Error> {
    let mut settings: SessionSettings = origin.settings().clone();
    if settings.region.is_some() && settings.region != line.region {
        let (asked, was) = (settings.region.unwrap_or_default(), line.region.clone().unwrap_or_default());
        return Err(refused(format!("nothing was done: the record is of {was}, and --region says {asked}")));
    }
    settings.principal.profile = settings.principal.profile.or_else(|| line.profile.clone());
    settings.principal.roles = line.roles.clone();
    settings.region = line.region.clone();
    Ok(origin.with(settings))
}

/// The entries so far, and how everything will be once they are done.
#[derive(Default)]
struct UndoPlanner<'a> {
    entries: Vec<UndoEntry<'a>>,
    subjects: HashMap<(usize, &'static str, String), Subject>,
}

/// What a subject has, by name.
struct Subject {
    now: BTreeMap<String, String>,
    /// Once all newer changes are undone.
    then: BTreeMap<String, String>,
}

impl UndoPlanner<'_> {
    async fn fate(&mut self, session: &Context, place: usize, recorded: &Recorded) -> UndoFate {
        let line = &recorded.line;
        let aspect = aspect(&line.service, &line.operation).expect("what has none has a reason");
        let (before, left) = with_change(line, |change| (aspect.before(change), aspect.left(change)));
        if left.is_empty() {
            return UndoFate::Stays("it changed nothing that is known".to_owned());
        }
        let subjects: BTreeSet<String> = left.iter().map(|(subject, ..)| subject.clone()).collect();
        if let Err(error) = self.learn(session, place, aspect, line, &subjects).await {
            return UndoFate::Stays(format!("how it is now cannot be read: {error}"));
        }
        let (take, put, told, notes) = Default::default();
        let mut back = Reversal { aspect, place, take, put, told, notes };
        for (subject, name, left) in left {
            let had = before.get(&subject).and_then(|names| names.get(&name)).cloned().flatten();
            if !left.is(had.as_deref()) {
                self.fact(&mut back, subject, name, &left, had);
            }
        }
        UndoFate::Back(back)
    }

    async fn learn(
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
        let asked = with_change(line, |change| aspect.asked_now(change, &unknown));
        let mut seen = read_current_facts(session, aspect, asked).await?;
        for subject in unknown {
            let now = seen.remove(&subject).unwrap_or_default();
            self.subjects.insert(key(&subject), Subject { then: now.clone(), now });
        }
        Ok(())
    }

    /// One fact of a change, which is put back where it is still as the change left it.
    fn fact(&mut self, back: &mut Reversal, subject: String, name: String, left: &FactAfter, had: Option<String>) {
        let key = (back.place, back.aspect.changes()[0], subject.clone());
        let here = self.subjects.get_mut(&key).expect("it was learned before");
        let then = here.then.get(&name).cloned();
        let about = format!("{subject}: {} {name}", back.aspect.noun());
        if then == had {
            back.notes.push(format!("stays: {about} is as it was before already"));
            return;
        }
        if !left.is(then.as_deref()) {
            let (then, left) = (render_value(then.as_deref()), render_left(left));
            back.notes.push(format!("stays: {about} is {then} now; the run had left {left}"));
            return;
        }
        let is_taken = |other: &&String| back.take.get(&subject).is_some_and(|names| names.contains_key(*other));
        let other = here.then.keys().find(|other| !is_taken(other));
        if had.is_some()
            && back.aspect.is_exclusive()
            && let Some(other) = other
        {
            back.notes.push(format!("stays: {about} cannot come back: {other} is in its place now"));
            return;
        }
        match &had {
            Some(value) => here.then.insert(name.clone(), value.clone()),
            None => here.then.remove(&name),
        };
        let now = here.now.get(&name).cloned();
        give_up(&mut self.entries, back, &subject, &name);
        if now == had {
            back.notes.push(format!("stays: {about} is as it was before all this"));
            return;
        }
        back.told.push(format!("{about}: {} → {}", render_value(now.as_deref()), render_value(had.as_deref())));
        let (facts, value) = match had {
            Some(value) => (&mut back.put, value),
            None => (&mut back.take, now.unwrap_or_default()),
        };
        facts.entry(subject).or_default().insert(name, value);
    }
}

/// Where a fact goes further back, it goes there at once: what is put back only to be taken
/// away again may have another id by then.
fn give_up(entries: &mut [UndoEntry], older: &Reversal, subject: &str, name: &str) {
    for entry in entries {
        let UndoFate::Back(newer) = &mut entry.fate else { continue };
        let is_same = (newer.place, newer.aspect.changes()) == (older.place, older.aspect.changes());
        let about = format!("{subject}: {} {name}", newer.aspect.noun());
        for facts in [&mut newer.take, &mut newer.put] {
            if is_same && facts.get_mut(subject).is_some_and(|names| names.remove(name).is_some()) {
                facts.retain(|_, names| !names.is_empty());
                newer.told.retain(|told| !told.starts_with(&format!("{about}: ")));
                newer.notes.push(format!("{about} goes further back below"));
            }
        }
    }
}

fn render_value(value: Option<&str>) -> String {
    value.map_or("nothing".to_owned(), |value| format!("{value:?}"))
}

fn render_left(left: &FactAfter) -> String {
    match left {
        FactAfter::Nothing => "nothing".to_owned(),
        FactAfter::Any => "it there".to_owned(),
        FactAfter::Value(value) => format!("{value:?}"),
    }
}

impl Reversal {
    /// What is in the way goes first.
    pub fn steps(&self, recorded: &Recorded) -> Vec<UndoStep> {
        with_change(&recorded.line, |change| {
            let take = if self.take.is_empty() { Vec::new() } else { self.aspect.take(change, &self.take) };
            let put = if self.put.is_empty() { Vec::new() } else { self.aspect.put(change, &self.put) };
            take.into_iter().chain(put).collect()
        })
    }
}

impl UndoEntry<'_> {
    fn steps(&self) -> Vec<UndoStep> {
        match &self.fate {
            UndoFate::Back(back) => back.steps(self.recorded),
            UndoFate::Stays(_) => Vec::new(),
        }
    }

    pub fn is_reversible(&self) -> bool {
        !self.steps().is_empty()
    }

    /// `ec2.create_tags of 2026-11-24T21:38:15Z in eu-central-1`
    pub fn title(&self) -> String {
        let line = &self.recorded.line;
        let region = line.region.as_ref().map_or(String::new(), |region| format!(" in {region}"));
        format!("{}.{} of {}{region}", line.service, line.operation, line.time)
    }
}

impl UndoPlan<'_> {
    pub fn calls(&self) -> usize {
        self.entries.iter().map(|entry| entry.steps().len()).sum()
    }

    pub fn session(&self, place: usize) -> &Context {
        &self.places[place].session
    }

    /// `account 123456789012`
    pub fn accounts(&self) -> String {
        let accounts: BTreeSet<&str> = self.places.iter().map(|place| place.account.as_str()).collect();
        let word = if accounts.len() == 1 { "account" } else { "accounts" };
        format!("{word} {}", accounts.into_iter().collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for UndoPlan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            let title = entry.title();
            match &entry.fate {
                UndoFate::Stays(reason) => {
                    writeln!(f, "{}: stays: {}", sanitize::line(&title), sanitize::line(reason))?
                }
                UndoFate::Back(back) => {
                    writeln!(f, "{}", sanitize::line(&title))?;
                    for told in back.told.iter().chain(&back.notes) {
                        writeln!(f, "  {}", sanitize::line(told))?;
                    }
                }
            }
        }
        Ok(())
    }
}
