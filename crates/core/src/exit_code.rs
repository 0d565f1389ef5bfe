//! The codes with which the process ends.

/// All was done.
pub const DONE: u8 = 0;
/// The script failed.
pub const FAILED: u8 = 1;
/// The command line, a script's arguments or the settings are wrong.
pub const WRONG_USAGE: u8 = 2;
/// All was done that could be, and it is not everything.
pub const INCOMPLETE: u8 = 3;
/// The guard refused a call.
pub const REFUSED: u8 = 4;
/// The time limit of `--timeout` was reached.
pub const OUT_OF_TIME: u8 = 5;
/// Another run holds the lock.
pub const LOCKED: u8 = 6;
/// Added to the number of the signal that ended the process.
pub const SIGNALLED: u8 = 128;
