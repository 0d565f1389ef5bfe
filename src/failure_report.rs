//! Writes a failure to standard error.

use std::process::ExitCode;

use moonfleet_core::{Failure, FailureKind};

/// Writes the failure to standard error and returns its exit code. A closed pipe is not reported.
pub(crate) fn report_failure(failure: &Failure) -> ExitCode {
    let code = failure.exit_code();
    if failure.kind == FailureKind::Closed {
        return ExitCode::from(code);
    }
    // If standard error is closed, no other channel is left.
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("moonfleet: {failure}\n"));
    ExitCode::from(code)
}
