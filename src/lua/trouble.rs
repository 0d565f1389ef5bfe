//! What ended a script, told to a person: the message, the place, and the script's own
//! frames. Frames of the host tell nobody anything.

use std::fmt;

use mlua::Value;

use super::errors::{message, ours};
use super::output::Closed;
use crate::error::{Error, REFUSED};
use crate::report::clean;

pub struct Trouble {
    message: String,
    frames: Vec<String>,
    pub kind: TroubleKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    Failed,
    /// More text may make it right: it ends too early.
    Incomplete,
    /// The script or its caller was used wrongly.
    Usage,
    Refused,
    /// Nobody reads the output any more, which is no trouble at all.
    Closed,
}

impl Trouble {
    pub fn of(error: Value, traceback: &str) -> Self {
        let frames = traceback.lines().filter_map(frame).collect();
        let Value::Error(error) = error else {
            let message = match &error {
                Value::Nil => "error without a message (nil)".to_owned(),
                other => other.to_string().unwrap_or_else(|_| format!("a {} was raised", other.type_name())),
            };
            return Trouble { message, frames, kind: TroubleKind::Failed };
        };
        let kind = match (&*error, ours(&error)) {
            (mlua::Error::SyntaxError { incomplete_input: true, .. }, _) => TroubleKind::Incomplete,
            (_, Some(Error { code, .. })) if code == REFUSED => TroubleKind::Refused,
            _ if error.chain().any(|cause| cause.is::<Closed>()) => TroubleKind::Closed,
            _ => TroubleKind::Failed,
        };
        Trouble { message: message(&error), frames, kind }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Trouble { message: message.into(), frames: Vec::new(), kind: TroubleKind::Usage }
    }

    /// Whether the message says by itself where it comes from, as Lua's own do.
    fn says_where(&self) -> bool {
        self.frames.iter().any(|frame| frame.split_once(": ").is_some_and(|(at, _)| self.message.starts_with(at)))
    }
}

/// `\tdemo.lua:3: in function 'f'`, where it is a frame of a script.
fn frame(line: &str) -> Option<String> {
    let line = line.strip_prefix('\t')?;
    let foreign = ["[C]:", "[C]", "moonfleet:", "__mlua", "[string \"__mlua", "...\t"];
    (!foreign.iter().any(|start| line.starts_with(start))).then(|| line.to_owned())
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.frames.first().and_then(|frame| frame.split_once(": ")) {
            Some((at, _)) if !self.says_where() => write!(f, "{at}: ")?,
            _ => {}
        }
        write!(f, "{}", clean::block(&self.message))?;
        if self.frames.len() > 1 {
            write!(f, "\nstack traceback:")?;
            for frame in &self.frames {
                write!(f, "\n\t{}", clean::line(frame))?;
            }
        }
        Ok(())
    }
}
