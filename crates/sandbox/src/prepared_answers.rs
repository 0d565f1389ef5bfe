//! Answers that a test has prepared, for operations of all services. They come before the simulated ones.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moonfleet_core::{Error, Map};

/// Makes the answer to an input.
pub type PrepareAnswer = Arc<dyn Fn(Map) -> PendingFields + Send + Sync>;

/// The fields of an answer.
pub type PendingFields = Pin<Box<dyn Future<Output = Result<Map, Error>> + Send>>;

/// The prepared answers by operation.
#[derive(Default)]
pub(crate) struct PreparedAnswers(Mutex<BTreeMap<String, PrepareAnswer>>);

impl PreparedAnswers {
    pub(crate) fn set(&self, operation: &str, answer: PrepareAnswer) {
        self.lock().insert(operation.to_owned(), answer);
    }

    pub(crate) fn to(&self, operation: &str, input: &Map) -> Option<PendingFields> {
        let answer = self.lock().get(operation)?.clone();
        Some(answer(input.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, PrepareAnswer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
