//! The failure of a run: its message and its exit code.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, REFUSED};
use crate::known_secrets::redact;
use crate::{exit_code, sanitize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    message: String,
    /// Frames of the script's own, the innermost first: `demo.lua:3: in function 'f'`.
    frames: Vec<String>,
    pub kind: FailureKind,
    advice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    Failed,
    /// The source ends too early: the prompt reads more lines.
    UnfinishedInput,
    /// The program or a script was used wrongly.
    Usage,
    /// The guard refused a call.
    Refused,
    /// The run succeeded in part: for example, a region did not answer.
    Incomplete,
    /// Another run holds the lock.
    Locked,
    /// A signal or the time limit ended the run, with this exit code.
    Ended(u8),
    /// A script under test ended itself, with this exit code.
    Exited(u8),
    /// The reader of the output has closed it, which is no failure.
    Closed,
}

impl Failure {
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Failure { message: message.into(), frames: Vec::new(), kind, advice: None }
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Failure::new(FailureKind::Failed, message)
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Failure::new(FailureKind::Usage, message)
    }

    pub fn refused(message: impl Into<String>) -> Self {
        Failure::new(FailureKind::Refused, message)
    }

    pub fn incomplete(message: impl Into<String>) -> Self {
        Failure::new(FailureKind::Incomplete, message)
    }

    pub fn locked(message: impl Into<String>) -> Self {
        Failure::new(FailureKind::Locked, message)
    }

    /// A signal or the time limit ended the run, with this exit code.
    pub fn exited(code: i32, message: impl Into<String>) -> Self {
        Failure::new(FailureKind::Ended(u8::try_from(code).unwrap_or(exit_code::FAILED)), message)
    }

    /// Adds the script's frames, the innermost first.
    pub fn with_frames(self, frames: Vec<String>) -> Self {
        Failure { frames, ..self }
    }

    /// Names the command that shows the right usage.
    pub fn advise(self, command: &str) -> Self {
        Failure { advice: Some(format!("try: {command}")), ..self }
    }

    /// Removes known secrets, for another process that does not know them.
    pub fn redacted(self) -> Self {
        let redacted = |text: String| redact(&text).into_owned();
        let frames = self.frames.into_iter().map(redacted).collect();
        Failure { message: redacted(self.message), frames, advice: self.advice.map(redacted), kind: self.kind }
    }

    /// The message alone, without frames and advice.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            FailureKind::Closed => exit_code::DONE,
            FailureKind::Failed | FailureKind::UnfinishedInput => exit_code::FAILED,
            FailureKind::Usage => exit_code::WRONG_USAGE,
            FailureKind::Incomplete => exit_code::INCOMPLETE,
            FailureKind::Refused => exit_code::REFUSED,
            FailureKind::Locked => exit_code::LOCKED,
            FailureKind::Ended(code) | FailureKind::Exited(code) => code,
        }
    }

    /// Whether the run failed itself, instead of being ended from outside.
    pub fn is_own_failure(&self) -> bool {
        use FailureKind::{Failed, Incomplete, Refused, UnfinishedInput, Usage};
        matches!(self.kind, Failed | UnfinishedInput | Refused | Incomplete | Usage)
    }

    /// Whether the message begins with its position, like those of Lua.
    fn names_position(&self) -> bool {
        let begins_with = |frame: &String| frame.split_once(": ").is_some_and(|(at, _)| self.message.starts_with(at));
        self.frames.iter().any(begins_with)
    }

    fn describe(&self, f: &mut impl fmt::Write) -> fmt::Result {
        match self.frames.first().and_then(|frame| frame.split_once(": ")) {
            Some((at, _)) if !self.names_position() => write!(f, "{at}: ")?,
            _ => {}
        }
        f.write_str(&sanitize::message(&self.message))?;
        if self.frames.len() > 1 {
            write!(f, "\nstack traceback:")?;
            for frame in &self.frames {
                write!(f, "\n\t{}", sanitize::line(frame))?;
            }
        }
        match &self.advice {
            Some(advice) => write!(f, "\n{}", sanitize::line(advice)),
            None => Ok(()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        if error.code == REFUSED { Failure::refused(message) } else { Failure::failed(message) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.describe(&mut text)?;
        f.write_str(&redact(&text))
    }
}
