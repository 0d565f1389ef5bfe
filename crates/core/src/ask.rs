//! Questions to the person at the terminal.

use std::io;
use std::sync::atomic::AtomicBool;

use crate::{Progress, ProgressBar};

pub trait Ask: Send + Sync {
    /// Whether there is a terminal for questions.
    fn is_possible(&self) -> bool;

    /// Shows a question and reads a line. Returns an empty line once `is_wanted` is false, so that
    /// an abandoned question does not take the next line from another reader. Blocks.
    fn line(&self, question: &str, is_wanted: &AtomicBool) -> io::Result<String>;

    /// Shows a question and reads a line that is not echoed. Blocks.
    fn hidden(&self, question: &str) -> io::Result<String>;
}

/// A terminal that does not exist: for tests, and for runs that must not ask.
pub struct NoTerminal;

impl Ask for NoTerminal {
    fn is_possible(&self) -> bool {
        false
    }

    fn line(&self, _: &str, _: &AtomicBool) -> io::Result<String> {
        Err(io::Error::other("there is no terminal"))
    }

    fn hidden(&self, _: &str) -> io::Result<String> {
        Err(io::Error::other("there is no terminal"))
    }
}

impl Progress for NoTerminal {
    fn start(&self, _: usize) -> Option<Box<dyn ProgressBar>> {
        None
    }
}
