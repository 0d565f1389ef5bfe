//! Whom the globals speak for. That is the session of the process, until a script names
//! another; in a sweep, each of its functions has one of its own.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use moonfleet_engine::Context;

tokio::task_local! {
    /// Set while a sweep's function runs, whatever coroutines it makes.
    static SCOPE: CallerScope;
}

/// Who makes a call: one session, or whoever is the default when the call is made.
#[derive(Clone)]
pub enum Caller {
    Default(Rc<CallerScope>),
    Session(Context),
}

pub struct CallerScope {
    first: Context,
    now: RefCell<Context>,
}

impl CallerScope {
    fn new(session: Context) -> Self {
        CallerScope { first: session.clone(), now: RefCell::new(session) }
    }
}

impl Caller {
    /// The one that a machine's globals speak for.
    pub fn for_process(session: &Context) -> Self {
        Caller::Default(Rc::new(CallerScope::new(session.clone())))
    }

    pub fn session(&self) -> Context {
        self.with_scope(|scope| scope.now.borrow().clone())
    }

    /// The default before anybody named another.
    pub fn first(&self) -> Option<Context> {
        Some(self.with_scope(|scope| scope.first.clone()))
    }

    /// Puts another in the default's place, in this scope; gives back the one before it.
    pub fn replace(&self, session: Context) -> Context {
        self.with_scope(|scope| scope.now.replace(session.clone()))
    }

    fn with_scope(&self, look: impl Fn(&CallerScope) -> Context) -> Context {
        match self {
            Caller::Session(session) => session.clone(),
            Caller::Default(process) => SCOPE.try_with(&look).unwrap_or_else(|_| look(process)),
        }
    }
}

/// Does work in which this session is the default.
pub(super) async fn scope<T>(session: Context, work: impl Future<Output = T>) -> T {
    SCOPE.scope(CallerScope::new(session), work).await
}
