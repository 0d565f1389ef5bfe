//! What a run calls AWS with: a session, the guard that every change passes, and the record.

use std::ops::Deref;
use std::sync::Arc;

use moonfleet_client::{CallObserver, Hooks, Role, Session, SessionSettings};

use crate::guard::Guard;
use crate::record::{RecordObserver, Recorder};

/// A session under a run's guard. Clones are cheap, and contexts of one run share its guard and
/// its record.
#[derive(Clone)]
pub struct Context {
    session: Arc<Session>,
    run: Arc<Run>,
}

struct Run {
    guard: Guard,
    recorder: Option<Arc<Recorder>>,
}

impl Context {
    /// The first context of a run. The recorder observes all calls of the run's sessions.
    pub fn new(settings: SessionSettings, hooks: Hooks, guard: Guard, recorder: Option<Arc<Recorder>>) -> Self {
        let observer = recorder.clone().map(|recorder| Arc::new(RecordObserver(recorder)) as Arc<dyn CallObserver>);
        let session = Session::new(settings, Hooks { observer, ..hooks });
        Context { session, run: Arc::new(Run { guard, recorder }) }
    }

    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    pub fn guard(&self) -> &Guard {
        &self.run.guard
    }

    pub fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.run.recorder.as_ref()
    }

    /// The same run with another session.
    pub fn with(&self, settings: SessionSettings) -> Context {
        Context { session: self.session.with(settings), run: self.run.clone() }
    }

    /// The same caller in another region, with the same credentials and connections.
    pub fn in_region(&self, region: &str) -> Context {
        Context { session: self.session.in_region(region), run: self.run.clone() }
    }

    /// This caller in a role.
    pub fn in_role(&self, role: Role) -> Context {
        Context { session: self.session.in_role(role), run: self.run.clone() }
    }
}

impl Deref for Context {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.session
    }
}
