//! What the polls of a waiter see.

use std::sync::{Arc, Mutex, PoisonError};

use crate::answer::{Answer, View};

/// The last poll of a waiter.
#[derive(Clone, Default)]
pub struct WaiterProbe(Arc<Mutex<Option<LastPoll>>>);

enum LastPoll {
    Answer(Answer),
    /// The code of an error.
    Error(String),
}

impl WaiterProbe {
    /// Records the answer of a poll.
    pub(crate) fn saw_answer(&self, answer: Answer) {
        self.set(LastPoll::Answer(answer));
    }

    /// Records the code of a poll's error, if the error is the service's.
    pub(crate) fn saw_error(&self, code: Option<&str>) {
        if let Some(code) = code {
            self.set(LastPoll::Error(code.to_owned()));
        }
    }

    fn set(&self, poll: LastPoll) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(poll);
    }

    /// Returns the states at this path in the last answer, each with its count, in the order of the answer. If
    /// the last poll failed, returns the code of its error.
    pub fn states(&self, path: &[&str]) -> Vec<(String, usize)> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Vec::new(),
            Some(LastPoll::Error(code)) => vec![(code.clone(), 1)],
            Some(LastPoll::Answer(answer)) => {
                let mut states = Vec::new();
                walk(View::Structure(answer.structure()), path, &mut states);
                states
            }
        }
    }
}

/// Counts the states at the end of the path.
fn walk(view: View<'_>, path: &[&str], states: &mut Vec<(String, usize)>) {
    match (view, path) {
        (View::List(list), _) => list.iter().for_each(|item| walk(item, path, states)),
        (View::Structure(structure), [name, rest @ ..]) => walk(structure.named(name), rest, states),
        (View::String(state), []) => match states.iter_mut().find(|(known, _)| known == state) {
            Some((_, times)) => *times += 1,
            None => states.push((state.to_owned(), 1)),
        },
        _ => {}
    }
}
