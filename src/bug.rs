//! Reports a panic: its message and its place in the source, without the data of the run.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::process::ExitCode;

use moonfleet_client::shutdown;
use moonfleet_core::exit_code::FAILED;
use moonfleet_core::known_secrets::redact;

/// Runs the program. A panic ends it with the exit code of a failure.
pub fn catch(run: impl FnOnce() -> ExitCode) -> ExitCode {
    set_hook(Box::new(report_panic));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        shutdown();
        ExitCode::from(FAILED)
    })
}

fn report_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no reason is given");
    let location = panic.location().map_or_else(String::new, |location| format!(" ({location})"));
    let report = format!("moonfleet: a bug in moonfleet: {message}{location}; please report it\n");
    // Standard error may be closed, and a panic in a panic hook aborts the process.
    let _ = std::io::stderr().write_all(redact(&report).as_bytes());
}
