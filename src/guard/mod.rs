//! The one place that every call passes before it is sent. It knows what an operation
//! can do and what this run may do; it knows nothing of Lua, so no script goes round it.

pub mod targets;

use std::sync::atomic::{AtomicU8, Ordering};

use moonfleet_bindings::{Operation, Risk, Service};

use crate::error::{Error, REFUSED};

#[derive(Debug)]
pub struct Guard {
    read_only: bool,
    /// What the script has declared that it needs.
    allowed: AtomicU8,
}

impl Guard {
    /// Everything is allowed, unless the run only reads, until a script declares that it needs less.
    pub fn new(read_only: bool) -> Self {
        Guard { read_only, allowed: AtomicU8::new(Risk::Destroy as u8) }
    }

    /// From here on nothing riskier passes. What was given up does not come back.
    pub fn limit(&self, risk: Risk) {
        self.allowed.fetch_min(risk as u8, Ordering::SeqCst);
    }

    pub fn check(&self, service: &Service, operation: &Operation) -> Result<(), Error> {
        let allowed = self.allowed.load(Ordering::SeqCst);
        let why = if self.read_only && operation.risk > Risk::Read {
            "the run is --read-only".to_owned()
        } else if operation.risk as u8 > allowed {
            let declared = [Risk::Read, Risk::Write].into_iter().find(|risk| *risk as u8 == allowed);
            let declared = declared.map_or("less".to_owned(), |risk| risk.to_string());
            format!("the script declares risk = \"{declared}\"")
        } else {
            return Ok(());
        };
        Err(Error {
            service: Some(service.name.to_owned()),
            operation: Some(operation.name.to_owned()),
            ..Error::new(
                REFUSED,
                format!("refused, nothing was sent: the operation's risk is {}, {why}", operation.risk),
            )
        })
    }
}
