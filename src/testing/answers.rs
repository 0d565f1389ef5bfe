//! The answers of a test to calls (`unit.answer`): a table, or a function of the test.
//!
//! Calls wait on the threads of the runtime, and functions of a test run on its own thread: it calls them while it waits.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use mlua::{Function, Lua};
use moonfleet_bindings::{Operation, Service, check_answer};
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::{Error, Map, Value};
use moonfleet_lua::aws::{from_data, to_data};
use moonfleet_lua::failure::message_of;
use moonfleet_sandbox::{PendingFields, PrepareAnswer};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// The functions of a test that answer calls.
pub(super) struct AnswerFunctions {
    lua: Lua,
    functions: RefCell<Vec<AnswerFunction>>,
    sender: UnboundedSender<Question>,
    /// Taken while [`AnswerFunctions::serve`] runs.
    questions: RefCell<UnboundedReceiver<Question>>,
}

#[derive(Clone)]
struct AnswerFunction {
    service: &'static Service,
    operation: &'static Operation,
    function: Function,
}

/// A call that waits for its answer.
struct Question {
    /// The number of the function.
    function: usize,
    input: Map,
    reply: oneshot::Sender<Result<Value, String>>,
}

impl AnswerFunctions {
    pub(super) fn new(lua: &Lua) -> Self {
        let (sender, questions) = unbounded_channel();
        AnswerFunctions { lua: lua.clone(), functions: RefCell::default(), sender, questions: RefCell::new(questions) }
    }

    /// Returns the answer that a function gives. The result of each call is checked.
    pub(super) fn add(
        &self,
        service: &'static Service,
        operation: &'static Operation,
        function: Function,
    ) -> PrepareAnswer {
        let mut functions = self.functions.borrow_mut();
        let (number, sender) = (functions.len(), self.sender.clone());
        functions.push(AnswerFunction { service, operation, function });
        Arc::new(move |input| {
            let (reply, answer) = oneshot::channel();
            // Without a receiver, the test has ended.
            drop(sender.send(Question { function: number, input, reply }));
            let answer = async move {
                let ended = || Error::new("Cancelled", "the test that answers this call has ended");
                let answer = answer.await.map_err(|_| ended())?;
                let answer = answer.map_err(|problem| Error::new("AnswerFailed", problem))?;
                check_answer(service.name, operation, answer).map_err(wrong_answer)
            };
            answer.boxed() as PendingFields
        })
    }

    /// Answers calls until it is dropped. A function may make calls itself, which other functions answer.
    #[allow(clippy::await_holding_refcell_ref, reason = "a machine runs one function at a time")]
    pub(super) async fn serve(&self) -> Infallible {
        let mut questions = self.questions.borrow_mut();
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(question) = questions.recv() => running.push(self.reply(question)),
                Some(()) = running.next(), if !running.is_empty() => {}
            }
        }
    }

    async fn reply(&self, Question { function, input, reply }: Question) {
        // The call may have been cancelled.
        drop(reply.send(self.answer(function, input).await));
    }

    async fn answer(&self, number: usize, input: Map) -> Result<Value, String> {
        let AnswerFunction { service, operation, function } = self.functions.borrow()[number].clone();
        let input = from_data(&self.lua, service, operation.input(), input).map_err(|error| message_of(&error))?;
        let answer: mlua::Value = function.call_async(input).await.map_err(|error| message_of(&error))?;
        to_data(&self.lua, service, operation.output(), &answer)
            .map_err(|problem| format!("the answer cannot be read: {problem}"))
    }
}

/// Returns the answer that is always the same. Fails if the operation cannot return it.
pub(super) fn fixed(service: &Service, operation: &Operation, answer: Value) -> Result<PrepareAnswer, Error> {
    let answer = check_answer(service.name, operation, answer).map_err(wrong_answer)?;
    Ok(Arc::new(move |_| std::future::ready(Ok(answer.clone())).boxed() as PendingFields))
}

fn wrong_answer(error: moonfleet_core::InputError) -> Error {
    Error::new(INVALID_INPUT, format!("the answer to {error}"))
}
