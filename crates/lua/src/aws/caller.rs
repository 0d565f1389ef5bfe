//! The default session, which the global services use: the session of the process, until a script
//! sets another one. In a sweep, each call of the function has its own default session.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use moonfleet_engine::Context;

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
}

impl CallerScope {
    fn new(session: Context) -> Self {
        CallerScope { initial: session.clone(), current: RefCell::new(session) }
    }
}

impl Caller {
    /// Returns the caller for the globals of a machine.
    pub fn for_process(session: &Context) -> Self {
        Caller::Default(Rc::new(CallerScope::new(session.clone())))
    }

    pub fn session(&self) -> Context {
        self.with_scope(|scope| scope.current.borrow().clone())
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

/// Runs work with this session as the default.
pub(super) async fn scope<T>(session: Context, work: impl Future<Output = T>) -> T {
    SCOPE.scope(CallerScope::new(session), work).await
}
