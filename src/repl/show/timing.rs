//! The time and the requests of a line.

use std::fmt;
use std::time::{Duration, Instant};

use moonfleet_client::requests;
use moonfleet_core::counted;

/// Measures from its creation; `cost` returns the time and requests since then.
pub struct Timing {
    began: Instant,
    requests: u64,
}

/// `0.42 s, 3 requests`
pub struct Cost {
    time: Duration,
    requests: u64,
}

impl Timing {
    pub fn begin() -> Self {
        Timing { began: Instant::now(), requests: requests() }
    }

    pub fn cost(&self) -> Cost {
        Cost { time: self.began.elapsed(), requests: requests() - self.requests }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = usize::try_from(self.requests).unwrap_or(usize::MAX);
        write!(f, "{:.2} s, {}", self.time.as_secs_f64(), counted(requests, "request"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_one_line() {
        let cost = |requests| Cost { time: Duration::from_millis(421), requests }.to_string();
        assert_eq!(cost(3), "0.42 s, 3 requests");
        assert_eq!(cost(1), "0.42 s, 1 request");
    }
}
