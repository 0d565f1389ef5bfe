//! The sandbox's clock, which runs with the real time and can be moved.
//!
//! Nothing in the sandbox runs in the background. States that change over time are computed from
//! timestamps and this clock on each read.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};

/// A clock. Clones share the same time.
#[derive(Clone)]
pub struct Clock(Arc<Face>);

struct Face {
    start: Timestamp,
    // `None` on a clock that only `advance` moves.
    running_since: Option<Instant>,
    moved: Mutex<SignedDuration>,
}

impl Clock {
    /// Returns a running clock that starts at the current time.
    pub fn running() -> Clock {
        Clock::running_from(Timestamp::now())
    }

    /// Returns a running clock that starts at `start`.
    pub fn running_from(start: Timestamp) -> Clock {
        Clock::new(start, Some(Instant::now()))
    }

    /// Returns a clock that stands at `start` until it is moved.
    pub fn standing(start: Timestamp) -> Clock {
        Clock::new(start, None)
    }

    fn new(start: Timestamp, running_since: Option<Instant>) -> Clock {
        Clock(Arc::new(Face { start, running_since, moved: Mutex::new(SignedDuration::ZERO) }))
    }

    /// Moves the clock, and with it all states that depend on time.
    pub fn advance(&self, by: SignedDuration) {
        let mut moved = self.0.moved.lock().unwrap_or_else(PoisonError::into_inner);
        *moved = moved.saturating_add(by);
    }
}

impl moonfleet_core::Clock for Clock {
    fn now(&self) -> Timestamp {
        let ran =
            self.0.running_since.and_then(|since| SignedDuration::try_from(since.elapsed()).ok()).unwrap_or_default();
        let moved = *self.0.moved.lock().unwrap_or_else(PoisonError::into_inner);
        later(self.0.start, ran.saturating_add(moved))
    }
}

/// Returns `at` plus `by`, or the latest timestamp on overflow.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Returns the SDK's timestamp, in milliseconds like AWS's responses.
pub(crate) fn to_aws(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millisecond())
}

/// Returns whether `at` is less than `span` ago.
pub(crate) fn is_younger(at: Option<&DateTime>, span: SignedDuration, now: Timestamp) -> bool {
    let at = at.and_then(|at| Timestamp::from_millisecond(at.to_millis().ok()?).ok());
    at.is_some_and(|at| now < later(at, span))
}

#[cfg(test)]
mod tests {
    use moonfleet_core::Clock as _;

    use super::*;

    #[test]
    fn fixed_clock_moves_only_when_advanced() {
        let clock = Clock::standing(Timestamp::UNIX_EPOCH);
        clock.advance(SignedDuration::from_secs(5));
        clock.advance(SignedDuration::from_secs(-2));
        assert_eq!(clock.clone().now(), Timestamp::from_second(3).unwrap());
    }

    #[test]
    fn running_clock_can_be_moved() {
        let clock = Clock::running();
        let before = clock.now();
        clock.advance(SignedDuration::from_hours(1));
        let went = clock.now().duration_since(before);
        assert!(went >= SignedDuration::from_hours(1), "{went}");
    }
}
