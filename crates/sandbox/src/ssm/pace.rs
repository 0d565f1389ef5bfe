//! Throttling: who asks for lists or sends commands faster than an account may is told to
//! slow down, as Systems Manager tells pollers of a second.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ApiError;
use crate::state::Call;

/// Calls that pass at once, and those a second after that.
const BURST: f64 = 60.0;
const A_SECOND: f64 = 15.0;

/// What each operation has used up.
#[derive(Default)]
pub struct Pace(BTreeMap<&'static str, Bucket>);

struct Bucket {
    tokens: f64,
    counted: Timestamp,
}

impl Pace {
    fn passes(&mut self, operation: &'static str, now: Timestamp) -> bool {
        let bucket = self.0.entry(operation).or_insert(Bucket { tokens: BURST, counted: now });
        let grown = now.duration_since(bucket.counted).as_secs_f64() * A_SECOND;
        bucket.tokens = (bucket.tokens + grown.max(0.0)).min(BURST);
        bucket.counted = now;
        let passes = bucket.tokens >= 1.0;
        if passes {
            bucket.tokens -= 1.0;
        }
        passes
    }
}

/// Refuses a call that comes too fast, before anything of it is done.
pub fn check(call: &mut Call<'_>, operation: &'static str) -> Result<(), ApiError> {
    match call.region.ssm.pace.passes(operation, call.now) {
        true => Ok(()),
        false => Err(ApiError::new("ThrottlingException", "Rate exceeded")),
    }
}
