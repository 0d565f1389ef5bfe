//! Token buckets that limit the rate of each operation.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Capacity of a bucket in calls, and its refill rate in calls per second.
pub(super) const BURST: f64 = 60.0;

pub(super) const A_SECOND: f64 = 15.0;

/// A bucket for each operation.
#[derive(Default)]
pub(crate) struct TokenBuckets(BTreeMap<&'static str, Bucket>);

pub(super) struct Bucket {
    tokens: f64,
    counted: Timestamp,
}

impl TokenBuckets {
    pub(crate) fn passes(&mut self, operation: &'static str, now: Timestamp) -> bool {
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
