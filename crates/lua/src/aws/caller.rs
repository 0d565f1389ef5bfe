//! The default session, which the global services use: the session of the process, until a script
//! sets another one. In a sweep, each call of the function has its own default session.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use moonfleet_bindings::{Operation, Service, is_global};
use moonfleet_core::Value;
use moonfleet_engine::Context;

use super::region_visit::RegionVisit;

tokio::task_local! {
    /// Set while the function of a sweep runs, in all coroutines that it creates.
    static SCOPE: CallerScope;
}

/// The session of a call: a fixed one, or the default session at the time of the call.
#[derive(Clone)]
pub enum Caller {
    Default(Rc<CallerScope>),
    Session(Context),
}

pub struct CallerScope {
    initial: Context,
    current: RefCell<Context>,
    /// The visit of a sweep.
    visit: Option<Rc<RegionVisit>>,
}

impl CallerScope {
    fn new(session: Context, visit: Option<Rc<RegionVisit>>) -> Self {
        CallerScope { initial: session.clone(), current: RefCell::new(session), visit }
    }
}

impl Caller {
    /// Returns the caller for the globals of a machine.
    pub fn for_process(session: &Context) -> Self {
        Caller::Default(Rc::new(CallerScope::new(session.clone(), None)))
    }

    pub fn session(&self) -> Context {
        if let Some(visit) = visit() {
            visit.uses_session();
        }
        self.session_in_all_regions()
    }

    /// Returns the session, for a purpose that does not depend on its region.
    pub(super) fn session_in_all_regions(&self) -> Context {
        self.with_scope(|scope| scope.current.borrow().clone())
    }

    /// Returns the session for a call. In a sweep, a call that was made in another region does not return.
    pub(super) async fn session_for(&self, service: &Service, operation: &Operation, input: &Value) -> Context {
        match visit() {
            Some(visit) if is_global(service, operation, input) => {
                visit.asks_globally().await;
                self.session_in_all_regions()
            }
            _ => self.session(),
        }
    }

    /// Returns the default session that the process started with.
    pub fn initial(&self) -> Option<Context> {
        Some(self.with_scope(|scope| scope.initial.clone()))
    }

    /// Replaces the default session in this scope, and returns the previous one.
    pub fn replace(&self, session: Context) -> Context {
        self.with_scope(|scope| scope.current.replace(session.clone()))
    }

    fn with_scope(&self, get: impl Fn(&CallerScope) -> Context) -> Context {
        match self {
            Caller::Session(session) => session.clone(),
            Caller::Default(process) => SCOPE.try_with(&get).unwrap_or_else(|_| get(process)),
        }
    }
}

fn visit() -> Option<Rc<RegionVisit>> {
    SCOPE.try_with(|scope| scope.visit.clone()).ok().flatten()
}

/// Runs work with this session as the default, for a visit of a sweep.
pub(super) async fn scope<T>(session: Context, visit: Rc<RegionVisit>, work: impl Future<Output = T>) -> T {
    SCOPE.scope(CallerScope::new(session, Some(visit)), work).await
}
