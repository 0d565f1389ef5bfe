//! Writes a failure to standard error.

use std::process::ExitCode;

use moonfleet_core::{Failure, FailureKind};

/// Says what the failure was; the code says of what kind.
pub(crate) fn report_failure(failure: &Failure) -> ExitCode {
    let code = failure.exit_code();
    if failure.kind == FailureKind::Closed {
        return ExitCode::from(code);
    }
    // A closed standard error leaves nobody to tell.
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("moonfleet: {failure}\n"));
    ExitCode::from(code)
}
