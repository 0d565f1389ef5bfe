//! What ended a script, told to a person: the message, the place, and the script's own
//! frames. Frames of the host tell nobody anything.

use std::fmt;

use mlua::{Lua, Value};
use moonfleet_bindings::Value as Data;

use super::captured::Exited;
use super::contain::with_advice;
use super::convert::to_value;
pub use super::errors::message as message_of;
use super::errors::ours;
use super::output::Closed;
use crate::error::{Error, REFUSED};
use crate::report::{cell, clean};
use crate::secret::redact;

pub struct Trouble {
    message: String,
    frames: Vec<String>,
    pub kind: TroubleKind,
    advice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    Failed,
    /// More text may make it right: it ends too early.
    Incomplete,
    /// The script or its caller was used wrongly.
    Usage,
    Refused,
    /// There is more than what was done.
    Unfinished,
    /// Another run is under way.
    Locked,
    /// Ended from outside, with this exit code.
    Ended(u8),
    /// A script that is tested has ended itself, with this exit code.
    Exited(u8),
    /// Nobody reads the output any more, which is no trouble at all.
    Closed,
}

impl Trouble {
    pub fn of(lua: &Lua, error: Value, traceback: &str) -> Self {
        let frames = traceback.lines().filter_map(frame).collect();
        let Value::Error(error) = error else {
            let message = with_advice(lua, raised(lua, &error));
            return Trouble { message, frames, kind: TroubleKind::Failed, advice: None };
        };
        let kind = match (&*error, ours(&error)) {
            (mlua::Error::SyntaxError { incomplete_input: true, .. }, _) => TroubleKind::Incomplete,
            (_, Some(Error { code, .. })) if code == REFUSED => TroubleKind::Refused,
            _ if error.chain().any(|cause| cause.is::<Closed>()) => TroubleKind::Closed,
            _ => exited(&error).map_or(TroubleKind::Failed, TroubleKind::Exited),
        };
        Trouble { message: with_advice(lua, message_of(&error)), frames, kind, advice: None }
    }

    /// An error of the host's own, outside any script.
    pub fn host(error: &mlua::Error) -> Self {
        let is_closed = error.chain().any(|cause| cause.is::<Closed>());
        let kind = if is_closed { TroubleKind::Closed } else { TroubleKind::Failed };
        Trouble { kind, ..Trouble::failed(message_of(error)) }
    }

    /// A signal or the end of its time ended the run.
    pub fn ended(code: i32, message: String) -> Self {
        let kind = TroubleKind::Ended(u8::try_from(code).unwrap_or(1));
        Trouble { message, frames: Vec::new(), kind, advice: None }
    }

    /// The guard did not let it through.
    pub fn refused(message: impl Into<String>) -> Self {
        Trouble { kind: TroubleKind::Refused, ..Trouble::usage(message) }
    }

    /// What could be done is done, and it is not all.
    pub fn unfinished(message: impl Into<String>) -> Self {
        Trouble { kind: TroubleKind::Unfinished, ..Trouble::usage(message) }
    }

    pub fn locked(message: impl Into<String>) -> Self {
        Trouble { kind: TroubleKind::Locked, ..Trouble::usage(message) }
    }

    /// Whether it went wrong by itself: nobody has ended it.
    pub fn is_own_failure(&self) -> bool {
        use TroubleKind::{Failed, Incomplete, Refused, Unfinished, Usage};
        matches!(self.kind, Failed | Incomplete | Refused | Unfinished | Usage)
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Trouble { kind: TroubleKind::Failed, ..Trouble::usage(message) }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Trouble { message: message.into(), frames: Vec::new(), kind: TroubleKind::Usage, advice: None }
    }

    /// Names the command that tells how it is used rightly.
    pub fn advise(mut self, command: &str) -> Self {
        self.advice = Some(format!("try: {command}"));
        self
    }

    /// Whether the message says by itself where it comes from, as Lua's own do.
    fn says_where(&self) -> bool {
        self.frames.iter().any(|frame| frame.split_once(": ").is_some_and(|(at, _)| self.message.starts_with(at)))
    }
}

/// The code that a script which is tested has asked to end with.
fn exited(error: &mlua::Error) -> Option<u8> {
    let Exited(code) = error.chain().find_map(|cause| cause.downcast_ref())?;
    Some(u8::try_from(*code).unwrap_or(1))
}

/// A raised value in one line, for whoever hears of it in passing.
pub fn told(lua: &Lua, error: &Value) -> String {
    clean::line(&redact(&Trouble::of(lua, error.clone(), "").message)).into_owned()
}

/// The text of a raised value: its own, its `message`, or what is in it.
fn raised(lua: &Lua, error: &Value) -> String {
    if error.is_nil() {
        return "error without a message (nil)".to_owned();
    }
    let own_text =
        error.as_table().is_none_or(|t| t.metatable().is_some_and(|m| m.contains_key("__tostring").unwrap_or(false)));
    if !own_text && let Ok(data) = to_value(lua, error) {
        let Data::Map(mut fields) = data else { return cell::plain(&data).into_owned() };
        let rest = |fields| cell::plain(&Data::Map(fields)).into_owned();
        return match fields.take("message") {
            Data::String(message) if fields.0.is_empty() => message,
            Data::String(message) => format!("{message} {}", rest(fields)),
            _ => rest(fields),
        };
    }
    error.to_string().unwrap_or_else(|_| format!("a {} was raised", error.type_name()))
}

/// `\tdemo.lua:3: in function 'f'`, where it is a frame of a script.
fn frame(line: &str) -> Option<String> {
    let line = line.strip_prefix('\t')?;
    let foreign =
        ["[C]:", "[C]", "moonfleet:", "__mlua", "stdlib/unit.lua:", "[string \"__mlua", "...\t", "(...tail calls...)"];
    (!foreign.iter().any(|start| line.starts_with(start))).then(|| line.to_owned())
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let told = error.to_string();
        if error.code == REFUSED { Trouble::refused(told) } else { Trouble::failed(told) }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = String::new();
        self.tell(&mut told)?;
        f.write_str(&redact(&told))
    }
}

impl Trouble {
    fn tell(&self, f: &mut impl fmt::Write) -> fmt::Result {
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
        match &self.advice {
            Some(advice) => write!(f, "\n{}", clean::line(advice)),
            None => Ok(()),
        }
    }
}
