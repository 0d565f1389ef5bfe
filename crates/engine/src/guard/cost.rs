//! The costs of a run: requests for which AWS charges by the request, and the limit `max_cost`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moonfleet_bindings::{Operation, Service, price};
use moonfleet_client::{Meter, Session};
use moonfleet_core::{Error, Usd};

use super::{GuardOptions, refusal};

/// Counts the requests of a run that cost money. Each page is a request.
pub struct CostMeter {
    options: Arc<GuardOptions>,
    spent: Mutex<Spent>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    pub requests: usize,
    pub amount: Usd,
}

impl CostMeter {
    pub(super) fn new(options: Arc<GuardOptions>) -> Self {
        CostMeter { options, spent: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the run has spent so far.
    pub fn spent(&self) -> Spent {
        *self.state()
    }

    pub(super) fn forget(&self) {
        *self.state() = Spent::default();
    }
}

impl Meter for CostMeter {
    fn charge(&self, session: &Session, service: &Service, operation: &Operation) -> Result<(), Error> {
        let Some(price) = price(service, operation) else { return Ok(()) };
        let most = self.options.rules_of(session).max_cost;
        let mut spent = self.state();
        let amount = spent.amount + price;
        if let Some(most) = most.filter(|most| amount > *most) {
            let so_far = match spent.requests {
                0 => String::new(),
                _ => format!(", after {} in this run", spent.amount),
            };
            let reason = format!("the request costs {price}{so_far}; the limit (max_cost) is {most}");
            return Err(refusal(service, operation, &reason));
        }
        *spent = Spent { requests: spent.requests + 1, amount };
        Ok(())
    }
}
