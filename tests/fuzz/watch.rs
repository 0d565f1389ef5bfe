//! The number of inputs, and the limits of time and memory for each of them.

use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use proptest::prelude::ProptestConfig;

/// A part of every secret in the inputs.
pub(crate) const CANARY: &str = "hunter2canary";

/// An input that takes longer hangs. None takes a second, so this also holds on a machine with other load.
const HANG: Duration = Duration::from_secs(60);
/// An input that needs more memory fails. None is longer than some kilobytes.
const MOST_MEMORY: u64 = 2 << 30;

/// Returns the configuration for a number of inputs, times `FUZZ_TIMES`.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    let times = std::env::var("FUZZ_TIMES").map_or(1, |times| times.parse().expect("FUZZ_TIMES is a number"));
    let cases = count.saturating_mul(times);
    ProptestConfig { failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::with_cases(cases) }
}

static UNDER_WAY: Mutex<Vec<(Instant, String)>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<(Instant, String)>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a function on an input. If it hangs, the process ends and shows the input.
pub(crate) fn watched<T>(input: &[u8], run: impl FnOnce() -> T) -> T {
    static WATCH: OnceLock<()> = OnceLock::new();
    WATCH.get_or_init(|| drop(std::thread::spawn(watch)));
    let began = Instant::now();
    let shown = input.escape_ascii().to_string();
    under_way().push((began, shown.clone()));
    let done = run();
    under_way().retain(|(other, input)| (other, input) != (&began, &shown));
    done
}

fn watch() {
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let memory = resident();
        let input = under_way().iter().find(|(began, _)| began.elapsed() > HANG || memory > MOST_MEMORY).cloned();
        if let Some((began, input)) = input {
            let text = format!("not finished after {:?}, with {memory} bytes of memory: {input}\n", began.elapsed());
            // The test harness captures printed text, which would be lost with the process.
            let _ = std::io::stderr().write_all(text.as_bytes());
            std::process::abort();
        }
    }
}

/// Returns the resident memory of this process, in bytes; 0 on systems without `/proc`.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// Fails if the text of an error contains a secret.
pub(crate) fn assert_safe(error: &str) {
    assert!(!error.contains(CANARY), "an error contains a secret: {error}");
}
