//! Makes control characters, bidi characters and invalid bytes visible when a script writes to a terminal. Only the
//! colours of tables that the program made are kept.

use std::collections::HashSet;
use std::io::{IsTerminal, stderr, stdout};

use mlua::{Lua, LuaString, Result, Table};
use moonfleet_core::sanitize;

/// Coloured texts that `report.table` has returned to the script, each with the escape sequences around it.
#[derive(Default)]
struct OwnColors(HashSet<String>);

/// The most coloured texts that are remembered. A table has a title and a few severities.
const MOST: usize = 10_000;

const ENDS: [&str; 2] = ["\x1b[0m", "\x1b[39m"];

pub(crate) fn install(lua: &Lua, host: &Table) -> Result<()> {
    lua.set_app_data(OwnColors::default());
    host.raw_set("stdout_is_terminal", stdout().is_terminal())?;
    host.raw_set("stderr_is_terminal", stderr().is_terminal())?;
    host.raw_set("visible", lua.create_function(visible)?)
}

/// Remembers the coloured parts of a text, so that a script can print them with their colours.
pub(crate) fn remember_colors(lua: &Lua, text: &str) {
    let Some(mut colors) = lua.app_data_mut::<OwnColors>() else { return };
    let mut rest = text;
    while let Some(start) = rest.find('\x1b') {
        rest = &rest[start..];
        let end = colored(rest);
        if colors.0.len() < MOST {
            colors.0.insert(rest[..end].to_owned());
        }
        rest = &rest[end..];
    }
}

/// Returns the length of the coloured part at the start of a text, which ends on the same line.
fn colored(text: &str) -> usize {
    let line = text.find('\n').map_or(text, |end| &text[..end]);
    let ends = ENDS.iter().filter_map(|end| line.find(end).map(|at| at + end.len()));
    ends.min().unwrap_or(1)
}

fn visible(lua: &Lua, given: LuaString) -> Result<LuaString> {
    let is_plain = |byte: &u8| (b' '..=b'~').contains(byte) || matches!(byte, b'\n' | b'\t');
    if given.as_bytes().iter().all(is_plain) {
        return Ok(given);
    }
    let text = given.to_string_lossy();
    let colors = lua.app_data_ref::<OwnColors>();
    let is_own = |part: &str| colors.as_ref().is_some_and(|colors| colors.0.contains(part));
    lua.create_string(sanitized(&text, is_own))
}

/// Returns the text with the colours for which `is_own` is true; everything else is sanitized.
fn sanitized(text: &str, is_own: impl Fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut from) = (text, 0);
    while let Some(start) = rest[from..].find('\x1b').map(|at| from + at) {
        let end = start + colored(&rest[start..]);
        if !is_own(&rest[start..end]) {
            from = start + 1;
            continue;
        }
        shown.push_str(&sanitize::block(&rest[..start]));
        shown.push_str(&rest[start..end]);
        (rest, from) = (&rest[end..], 0);
    }
    shown.push_str(&sanitize::block(rest));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_of_the_program_are_kept() {
        let lua = Lua::new();
        lua.set_app_data(OwnColors::default());
        remember_colors(&lua, "\x1b[1mTitle\x1b[0m\n\n\x1b[38;5;1m high\x1b[39m\x1b[2m info\x1b[0m\n");
        let shown = |text: &str| visible(&lua, lua.create_string(text).unwrap()).unwrap().to_string_lossy();
        for own in ["a \x1b[1mTitle\x1b[0m b", "\x1b[38;5;1m high\x1b[39m\x1b[2m info\x1b[0m\n"] {
            assert_eq!(shown(own), own);
        }
        assert_eq!(shown("\x1b[1mtitle\x1b[0m \x1b[1mTitle\x1b[0m"), "␛[1mtitle␛[0m \x1b[1mTitle\x1b[0m");
        assert_eq!(shown("\x1b[1mTitle"), "␛[1mTitle");
        assert_eq!(shown("\x1b]52;c;cm0=\x07\u{9b}2J\u{202e}\r"), "␛]52;c;cm0=␇<U+009B>2J<U+202E>␍");
    }

    #[test]
    fn invalid_bytes_do_not_reach_the_terminal() {
        let lua = Lua::new();
        lua.set_app_data(OwnColors::default());
        let shown = visible(&lua, lua.create_string(b"a\x9b2J").unwrap()).unwrap();
        assert_eq!(shown.to_string_lossy(), "a\u{fffd}2J");
    }
}
