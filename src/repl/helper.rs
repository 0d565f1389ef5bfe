//! The editor's work while the user types: checks whether a line is complete, colours it, suggests lines of the
//! history, and requests completions.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::mpsc;

use mlua::{Lua, LuaOptions, StdLib};
use moonfleet_lua::tokens::{TokenKind, tokens};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Changeset, Context, Helper, Result};
use tokio::sync::mpsc::UnboundedSender;

use super::editor::Event;
use super::input::Input;

pub(super) struct LuaHelper {
    /// Parses lines without running them.
    parser: Lua,
    color: bool,
    history: HistoryHinter,
    /// Whether the last completion had several candidates.
    has_several: Cell<bool>,
    /// The edited line and the position of the cursor in it.
    typed: RefCell<(String, usize)>,
    events: UnboundedSender<Event>,
}

impl LuaHelper {
    pub(super) fn new(color: bool, events: UnboundedSender<Event>) -> Self {
        // SAFETY: no library and no module is loaded.
        let parser = unsafe { Lua::unsafe_new_with(StdLib::NONE, LuaOptions::new()) };
        LuaHelper {
            parser,
            color,
            history: HistoryHinter::new(),
            has_several: Cell::new(false),
            typed: RefCell::default(),
            events,
        }
    }

    /// Returns the edited line, split at the cursor.
    pub(super) fn typed(&self) -> (String, String) {
        let (line, at) = self.typed.take();
        let (before, after) = line.split_at_checked(at).unwrap_or((&line, ""));
        (before.to_owned(), after.to_owned())
    }

    /// Whether more text could make the line valid.
    fn is_incomplete(&self, text: &str) -> bool {
        let check = |text: String| match self.parser.load(text).set_name("=prompt").into_function() {
            Ok(_) => Some(false),
            Err(mlua::Error::SyntaxError { incomplete_input: true, .. }) => Some(true),
            Err(_) => None,
        };
        // The line break makes an unclosed short string an error, instead of incomplete.
        check(format!("return {text}\n")).or_else(|| check(format!("{text}\n"))).unwrap_or(false)
    }
}

/// Returns a typed text with the colours of the editor, and whether the editor waits for more lines before it runs
/// the text. For fuzzing.
pub fn read_while_typed(text: &str) -> (String, bool) {
    let helper = LuaHelper::new(true, tokio::sync::mpsc::unbounded_channel().0);
    let is_incomplete = match Input::parse(text) {
        Input::Lua(text) => helper.is_incomplete(text),
        _ => false,
    };
    (helper.highlight(text, text.len()).into_owned(), is_incomplete)
}

impl Helper for LuaHelper {}

impl Validator for LuaHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let is_incomplete = match Input::parse(context.input()) {
            Input::Lua(text) => self.is_incomplete(text),
            _ => false,
        };
        Ok(if is_incomplete { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for LuaHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let (answer, completion) = mpsc::channel();
        let sent = self.events.send(Event::Complete { line: line.to_owned(), at, answer });
        let Some(found) = sent.ok().and_then(|()| completion.recv().ok()) else { return Ok((at, Vec::new())) };
        let pair = |candidate: super::complete::Candidate| {
            let note = if candidate.note.is_empty() { String::new() } else { format!("  {}", candidate.note) };
            Pair { display: candidate.shown + &note, replacement: candidate.text }
        };
        self.has_several.set(found.candidates.len() > 1);
        Ok((found.start, found.candidates.into_iter().map(pair).collect()))
    }

    /// Inserts the common beginning of several candidates only if it extends the typed text. A typed name that matched
    /// names of resources would otherwise be replaced by the first characters of their ids.
    fn update(&self, line: &mut LineBuffer, start: usize, elected: &str, changes: &mut Changeset) {
        let typed = line.as_str()[start..line.pos()].trim_start_matches('.').to_ascii_lowercase();
        // A field whose name is not an identifier is written in brackets.
        let name = elected.trim_start_matches('.').trim_start_matches("[\"");
        if !self.has_several.get() || name.to_ascii_lowercase().starts_with(&typed) {
            line.replace(start..line.pos(), elected, changes);
        }
    }
}

impl Hinter for LuaHelper {
    type Hint = String;

    /// Returns no hint without colours, because it would look like typed text.
    fn hint(&self, line: &str, at: usize, context: &Context<'_>) -> Option<String> {
        *self.typed.borrow_mut() = (line.to_owned(), at);
        let hint = self.color.then(|| self.history.hint(line, at, context)).flatten()?;
        // Only the rest of the first line; the arrow keys recall a whole block.
        hint.lines().next().filter(|line| !line.is_empty()).map(str::to_owned)
    }
}

const GREY: &str = "\x1b[90m";
const END: &str = "\x1b[0m";

fn style(kind: TokenKind) -> Option<&'static str> {
    match kind {
        TokenKind::Keyword => Some("\x1b[35m"),
        TokenKind::Number => Some("\x1b[36m"),
        TokenKind::Text(_) => Some("\x1b[32m"),
        TokenKind::Comment => Some(GREY),
        TokenKind::Name | TokenKind::Symbol => None,
    }
}

impl Highlighter for LuaHelper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if !self.color || !matches!(Input::parse(line), Input::Lua(_)) {
            return Cow::Borrowed(line);
        }
        let mut text = String::new();
        let mut done = 0;
        for token in tokens(line) {
            let Some(style) = style(token.kind) else { continue };
            text += &line[done..token.start];
            text += &format!("{style}{}{END}", token.text);
            done = token.end();
        }
        Cow::Owned(text + &line[done..])
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("{GREY}{hint}{END}"))
    }

    /// Avoids redrawing a line that has nothing to colour.
    fn highlight_char(&self, line: &str, _: usize, kind: CmdKind) -> bool {
        self.color && kind == CmdKind::Other && tokens(line).iter().any(|token| style(token.kind).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helper(color: bool) -> LuaHelper {
        LuaHelper::new(color, tokio::sync::mpsc::unbounded_channel().0)
    }

    #[test]
    fn unfinished_lines_are_incomplete() {
        let helper = helper(false);
        for text in [
            "1 +",
            "if x then",
            "function f()",
            "x = {",
            "[[a",
            "f(",
            "for i = 1, 2 do\nprint(i)",
            "x =",
            "--[[ a",
            "'a\\",
        ] {
            assert!(helper.is_incomplete(text), "{text}");
        }
        for text in ["1 + 1", "'a", "x = = 1", "end", "", "x = 1", "f() g()", "return 1", "1, 2", "-- if x then"] {
            assert!(!helper.is_incomplete(text), "{text}");
        }
    }

    #[test]
    fn colours_do_not_change_the_visible_text() {
        let text = helper(true).highlight("local x = 'a' -- b", 0).into_owned();
        assert_eq!(text, "\x1b[35mlocal\x1b[0m x = \x1b[32m'a'\x1b[0m \x1b[90m-- b\x1b[0m");
        assert_eq!(helper(false).highlight("local x", 0), "local x");
        assert_eq!(helper(true).highlight("!local x", 0), "!local x");
    }
}
