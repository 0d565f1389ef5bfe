//! How a mistake of the program's own is told: what it is, where, and whom to ask, without
//! what was worked on.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::process::ExitCode;

use moonfleet_client::shutdown;
use moonfleet_core::exit_code::FAILED;
use moonfleet_core::known_secrets::redact;

/// Runs the program; a panic ends it as any failure does.
pub fn caught(run: impl FnOnce() -> ExitCode) -> ExitCode {
    set_hook(Box::new(report_panic));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        shutdown();
        ExitCode::from(FAILED)
    })
}

fn report_panic(panic: &PanicHookInfo<'_>) {
    let what = panic.payload_as_str().unwrap_or("no reason was given");
    let place = panic.location().map_or_else(String::new, |place| format!(" ({place})"));
    let told = format!("moonfleet: a mistake in moonfleet itself: {what}{place}; please report it\n");
    // A closed standard error leaves nobody to tell, and a panic in here would end the process.
    let _ = std::io::stderr().write_all(redact(&told).as_bytes());
}
