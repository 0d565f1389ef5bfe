//! The one place that every call passes before it is sent. It knows what an operation
//! can do and what this run may do; it knows nothing of Lua, so no script goes round it.

use std::sync::atomic::{AtomicU8, Ordering};

use moonfleet_bindings::{Operation, Risk, Service};

use crate::error::{Error, REFUSED};

#[derive(Debug)]
pub struct Guard {
    allowed: AtomicU8,
}

impl Default for Guard {
    /// Everything is allowed, until a script declares that it needs less.
    fn default() -> Self {
        Guard { allowed: AtomicU8::new(Risk::Destroy as u8) }
    }
}

impl Guard {
    /// From here on nothing riskier passes. What was given up does not come back.
    pub fn limit(&self, risk: Risk) {
        self.allowed.fetch_min(risk as u8, Ordering::SeqCst);
    }

    pub fn check(&self, service: &Service, operation: &Operation) -> Result<(), Error> {
        if operation.risk as u8 <= self.allowed.load(Ordering::SeqCst) {
            return Ok(());
        }
        let declared = [Risk::Read, Risk::Write]
            .into_iter()
            .find(|risk| *risk as u8 == self.allowed.load(Ordering::SeqCst))
            .map_or("less".to_owned(), |risk| risk.to_string());
        Err(Error {
            service: Some(service.name.to_owned()),
            operation: Some(operation.name.to_owned()),
            ..Error::new(
                REFUSED,
                format!(
                    "refused, nothing was sent: the operation's risk is {}, the script declares risk = \"{declared}\"",
                    operation.risk
                ),
            )
        })
    }
}
