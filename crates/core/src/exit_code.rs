//! The exit codes of the process.

/// The run succeeded.
pub const DONE: u8 = 0;
/// The script failed.
pub const FAILED: u8 = 1;
/// The command line, a script's arguments or the settings are wrong.
pub const WRONG_USAGE: u8 = 2;
/// The run succeeded in part: for example, a region did not answer.
pub const INCOMPLETE: u8 = 3;
/// The guard refused a call.
pub const REFUSED: u8 = 4;
/// The time limit of `--timeout` was reached.
pub const OUT_OF_TIME: u8 = 5;
/// Another run holds the lock.
pub const LOCKED: u8 = 6;
/// Added to the number of the signal that ended the process.
pub const SIGNALLED: u8 = 128;
