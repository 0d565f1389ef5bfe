//! The context of a run's calls: a session, the guard that every change passes, and the record.

use std::ops::Deref;
use std::sync::Arc;

use moonfleet_bindings::Risk;
use moonfleet_client::remote::{RemoteNotice, RemoteRequest};
use moonfleet_client::{CallObserver, Hooks, Meter, Role, Session, SessionSettings};
use moonfleet_core::Error;

use crate::guard::plan::ChangePlan;
use crate::guard::{DeclaredRisk, Guard};
use crate::record::{RecordObserver, Recorder};

/// A session with the guard and the recorder of its run. Clones are cheap; all contexts of a run
/// share the guard and the recorder.
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
    /// Makes the first context of a run. The recorder observes all calls of the run's sessions.
    pub fn new(settings: SessionSettings, hooks: Hooks, guard: Guard, recorder: Option<Arc<Recorder>>) -> Self {
        let observer = recorder.clone().map(|recorder| Arc::new(RecordObserver(recorder)) as Arc<dyn CallObserver>);
        let meter: Arc<dyn Meter> = guard.costs().clone();
        let session = Session::new(settings, Hooks { observer, meter: Some(meter), ..hooks });
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

    /// Returns a context of the same run with other settings.
    pub fn with(&self, settings: SessionSettings) -> Context {
        Context { session: self.session.with(settings), run: self.run.clone() }
    }

    /// Returns a context of the same caller in another region, with the same credentials and connections.
    pub fn in_region(&self, region: &str) -> Context {
        Context { session: self.session.in_region(region), run: self.run.clone() }
    }

    /// Returns a context in which this caller has assumed a role.
    pub fn in_role(&self, role: Role) -> Context {
        Context { session: self.session.in_role(role), run: self.run.clone() }
    }

    /// Stops the plan, because a call needs a value that is not known yet.
    pub fn stop_plan(&self, plan: &ChangePlan, needs: &str, planned: &str) -> Error {
        if let Some(remote) = self.remote() {
            remote.notify(RemoteNotice::PlanStopped { needs: needs.to_owned(), planned: planned.to_owned() });
        }
        plan.stop(needs, planned)
    }

    /// Begins `run` of a script whose header was read. Returns an error if the script was riskier before.
    pub async fn begin_script(&self, risk: Risk) -> Result<(), Error> {
        if let Some(remote) = self.remote() {
            remote.ask(RemoteRequest::Begin).await?;
        }
        self.guard().declare(DeclaredRisk::Risk(risk))
    }

    /// Begins a run for the guard. At the prompt each line is a run.
    pub fn begin_run(&self) {
        match self.remote() {
            Some(remote) => remote.notify(RemoteNotice::NewRun),
            None => self.guard().begin(),
        }
    }
}

impl Deref for Context {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.session
    }
}
