//! Waiters: which operation is repeated until its answer has a certain content.

use std::borrow::Cow;
use std::time::Duration;

use crate::names::snake;
use crate::text::{Malformed, Words, head_and_body};

#[derive(Debug)]
pub struct Waiter {
    /// In snake case.
    pub name: Box<str>,
    pub api_name: &'static str,
    /// The name of the repeated operation, in snake case.
    pub operation: Box<str>,
    /// The pause between two calls.
    pub delay: Duration,
    pub max_attempts: u32,
    /// The first acceptor that matches an answer decides.
    pub acceptors: Box<[Acceptor]>,
}

#[derive(Debug)]
pub struct Acceptor {
    pub state: WaiterState,
    pub matcher: Matcher,
    pub expected: Expected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiterState {
    Success,
    Failure,
    Retry,
}

/// The part of an answer that is compared. The texts are JMESPath expressions over the output, in the names of the model.
#[derive(Debug, PartialEq, Eq)]
pub enum Matcher {
    Path(Cow<'static, str>),
    /// Every item of a list that is not empty.
    PathAll(Cow<'static, str>),
    PathAny(Cow<'static, str>),
    /// The HTTP status.
    Status,
    /// The code of the error. [`Expected::Boolean`] means any error or none.
    Error,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    Text(Cow<'static, str>),
    Number(i64),
    Boolean(bool),
}

impl Waiter {
    pub(crate) fn read(entry: &'static str) -> Result<Waiter, Malformed> {
        let (head, body) = head_and_body(entry);
        let mut words = Words::new(head);
        words.expect("the kind")?;
        let api_name = words.expect("the name")?;
        let operation = words.expect("the operation")?;
        let delay = words.expect("the delay")?;
        let attempts = words.expect("the attempts")?;
        Ok(Waiter {
            name: snake(api_name).into(),
            api_name,
            operation: snake(operation).into(),
            delay: Duration::from_secs(words.number(delay)?),
            max_attempts: words.number(attempts)?,
            acceptors: body.map(|line| acceptor(Words::new(line))).collect::<Result<_, _>>()?,
        })
    }
}

/// Reads `success pathAll "running" "Reservations[].Instances[].State.Name"`.
fn acceptor(mut words: Words) -> Result<Acceptor, Malformed> {
    let state = match words.expect("the state")? {
        "success" => WaiterState::Success,
        "failure" => WaiterState::Failure,
        "retry" => WaiterState::Retry,
        other => return Err(words.unknown(other)),
    };
    let matcher = words.expect("the matcher")?;
    let expected = match words.expect("the expected value")? {
        "true" => Expected::Boolean(true),
        "false" => Expected::Boolean(false),
        text if text.starts_with('"') => Expected::Text(words.unquote(text)?),
        number => Expected::Number(words.number(number)?),
    };
    let mut path = || {
        let path = words.expect("the path")?;
        words.unquote(path)
    };
    let matcher = match matcher {
        "path" => Matcher::Path(path()?),
        "pathAll" => Matcher::PathAll(path()?),
        "pathAny" => Matcher::PathAny(path()?),
        "status" => Matcher::Status,
        "error" => Matcher::Error,
        other => return Err(words.unknown(other)),
    };
    Ok(Acceptor { state, matcher, expected })
}
