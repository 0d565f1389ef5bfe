//! Answers that are streams of events, as iterators: `for event in logs.start_live_tail { … } do`. An event is a table
//! with one field, which has the event's name.

use std::cell::RefCell;
use std::time::Duration;

use mlua::{
    AnyUserData, Error, Lua, MetaMethod, MultiValue, Result, Table, UserData, UserDataMethods, Value, Variadic,
};
use moonfleet_bindings::{Answer, Events, Operation, Service, take_events};
use moonfleet_client::{CALL_TIMEOUT, CallOptions, spawn};
use moonfleet_core::{CallFailure, CallFailureKind, counted};
use moonfleet_engine::Context;

use super::answer;

pub(super) struct EventIterator {
    session: Context,
    service: &'static Service,
    operation: &'static Operation,
    /// The fields of the answer beside the stream.
    fields: Table,
    state: RefCell<State>,
    /// How long the iterator waits for each event.
    timeout: Duration,
}

enum State {
    Open(Box<Events>),
    /// A coroutine waits for the next event.
    Waiting,
    Closed,
}

/// Returns the results of a call whose answer is a stream of events: those of `io.lines`, so that a `for` loop closes the
/// connection however it ends. Returns `None` for other answers.
pub(super) fn iterator(
    lua: &Lua,
    session: &Context,
    service: &'static Service,
    operation: &'static Operation,
    answer: &Answer,
    options: &CallOptions,
) -> Result<Option<MultiValue>> {
    let Some(events) = take_events(answer) else { return Ok(None) };
    let timeout = options.timeout.or(session.settings().calls.timeout).unwrap_or(CALL_TIMEOUT);
    let fields = answer::table(lua, answer.clone())?;
    let state = RefCell::new(State::Open(Box::new(events)));
    let iterator = EventIterator { session: session.clone(), service, operation, fields, state, timeout };
    let iterator = Value::UserData(lua.create_userdata(iterator)?);
    Ok(Some(MultiValue::from_iter([iterator.clone(), Value::Nil, Value::Nil, iterator])))
}

impl UserData for EventIterator {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_meta_function(MetaMethod::Call, |lua: Lua, arguments: Variadic<Value>| async move {
            let this = arguments.first().and_then(Value::as_userdata).cloned();
            let this = this.ok_or_else(|| Error::runtime("a stream of events is called as stream()"))?;
            next(&lua, &this).await
        });
        methods.add_meta_method(MetaMethod::Index, |lua, this, name: String| match name.as_str() {
            "close" => lua
                .create_function(|_, this: AnyUserData| this.borrow::<EventIterator>().map(|s| s.close()))
                .map(Value::Function),
            name => this.fields.raw_get(name),
        });
        methods.add_meta_method(MetaMethod::Close, |_, this, _: Value| {
            this.close();
            Ok(())
        });
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.to_string()));
    }
}

/// Waits for the next event; returns nil at the end of the stream. An error closes the stream.
async fn next(lua: &Lua, this: &AnyUserData) -> Result<Value> {
    let (taken, timeout) = {
        let this = this.borrow::<EventIterator>()?;
        (this.state.replace(State::Waiting), this.timeout)
    };
    let mut events = match taken {
        State::Open(events) => events,
        State::Waiting => {
            let name = this.borrow::<EventIterator>()?.to_string();
            return Err(Error::runtime(format!("{name}: another coroutine waits for the next event")));
        }
        State::Closed => {
            this.borrow::<EventIterator>()?.close();
            return Ok(Value::Nil);
        }
    };
    // A wait that is cancelled drops the connection.
    let waiting = Waiting(this.clone());
    let waited = spawn(async move {
        let event = tokio::time::timeout(timeout, events.next()).await;
        (events, event)
    });
    let (events, event) = waited.await.map_err(|panic| Error::external(panic.bug()))?;
    drop(waiting);
    let this = this.borrow::<EventIterator>()?;
    let event = event.unwrap_or_else(|_| Err(no_event(timeout)));
    match event {
        Ok(Some(event)) => {
            this.state.replace(State::Open(events));
            answer::table(lua, event).map(Value::Table)
        }
        Ok(None) => {
            this.close();
            Ok(Value::Nil)
        }
        Err(failure) => {
            this.close();
            Err(Error::external(this.session.call_error(this.service, this.operation, failure)))
        }
    }
}

fn no_event(timeout: Duration) -> CallFailure {
    let seconds = counted(usize::try_from(timeout.as_secs()).unwrap_or(usize::MAX), "second");
    let problem = format!("no event has come for {seconds}; to wait longer, give the call the option timeout");
    CallFailure::new(CallFailureKind::Timeout, problem)
}

/// Closes the iterator if a wait is cancelled.
struct Waiting(AnyUserData);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Ok(this) = self.0.borrow::<EventIterator>() {
            this.close();
        }
    }
}

impl EventIterator {
    /// Drops the connection.
    fn close(&self) {
        self.state.replace(State::Closed);
    }
}

impl std::fmt::Display for EventIterator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "events of {}.{}", self.service.name, self.operation.name)
    }
}
