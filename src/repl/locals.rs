//! Locals that outlive their line. A local outside of any block is rewritten as a field of the table of kept locals;
//! locals in blocks stay as they are. The text must be valid Lua: the caller has parsed it.

use std::collections::HashSet;
use std::ops::Range;

use moonfleet_lua::tokens::{Token, TokenKind, tokens};

/// The parameter of the rewritten line. The name is unlikely to occur in a user's code.
const KEEPER: &str = "__kept_by_the_prompt";

/// Returns the line with its outer locals rewritten; `None` if it has none.
pub(super) fn kept(text: &str) -> Option<String> {
    let found = outer(text);
    if found.is_empty() {
        return None;
    }
    let line = rewritten(text, &found, |name| format!("{KEEPER}.{name}"));
    // In the first line, so that line numbers do not change.
    Some(format!("local {KEEPER} <const> = ...; {line}"))
}

/// Returns a line for a script that contains the previous lines. A second declaration of a name becomes an
/// assignment, because the prompt has one variable of a name, and a script would create another.
pub(super) fn keep_locals(text: &str, declared: &mut HashSet<String>) -> String {
    let found = outer(text);
    let (repeated, new): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|local| local.names.iter().all(|name| declared.contains(&text[name.clone()])));
    declared.extend(new.iter().flat_map(|local| &local.names).map(|name| text[name.clone()].to_owned()));
    rewritten(text, &repeated, str::to_owned)
}

/// A declaration, from `local` up to its values.
struct LocalDeclaration {
    at: Range<usize>,
    names: Vec<Range<usize>>,
    is_function: bool,
    has_values: bool,
}

fn rewritten(text: &str, locals: &[LocalDeclaration], name: impl Fn(&str) -> String) -> String {
    let mut line = String::new();
    let mut done = 0;
    for local in locals {
        let names: Vec<String> = local.names.iter().map(|at| name(&text[at.clone()])).collect();
        line += &text[done..local.at.start];
        line += if local.is_function { "function " } else { "" };
        line += &names.join(", ");
        line += if local.is_function || local.has_values { "" } else { " = nil;" };
        done = local.at.end;
    }
    line + &text[done..]
}

/// Returns the locals outside of any block.
fn outer(text: &str) -> Vec<LocalDeclaration> {
    let tokens: Vec<Token<'_>> = tokens(text).into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let mut locals = Vec::new();
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match (token.text, token.kind) {
            ("function" | "if" | "do" | "repeat", TokenKind::Keyword) => depth += 1,
            ("end" | "until", TokenKind::Keyword) => depth -= 1,
            ("local", TokenKind::Keyword) if depth == 0 => locals.extend(local(&tokens[at..])),
            _ => {}
        }
    }
    locals
}

/// Parses a declaration. Returns `None` for a variable with `<close>`, which must be closed at the end of its line.
fn local(tokens: &[Token<'_>]) -> Option<LocalDeclaration> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let is_function = word(1) == "function";
    let mut at = if is_function { 2 } else { 1 };
    let mut names = Vec::new();
    loop {
        names.push(tokens.get(at)?.byte_range());
        at += 1;
        if !is_function && word(at) == "<" {
            if word(at + 1) == "close" {
                return None;
            }
            at += 3;
        }
        if is_function || word(at) != "," {
            break;
        }
        at += 1;
    }
    let end = tokens.get(at - 1)?.end();
    Some(LocalDeclaration { at: tokens[0].start..end, names, is_function, has_values: word(at) == "=" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_locals_outside_of_blocks_are_kept() {
        let short =
            |text: &str| kept(text).map(|line| line.replace(KEEPER, "_").replace("local _ <const> = ...; ", ""));
        for (text, wanted) in [
            ("local x = 1", "_.x = 1"),
            ("local x", "_.x = nil;"),
            ("local a <const>, b = f() local c", "_.a, _.b = f() _.c = nil;"),
            ("local function f(n) local y = n return y end", "function _.f(n) local y = n return y end"),
            ("do local y = 1 end local x = 2", "do local y = 1 end _.x = 2"),
            (
                "if a then local y elseif b then local z end local x",
                "if a then local y elseif b then local z end _.x = nil;",
            ),
            (
                "for i = 1, 2 do local y = i end\nlocal x = function() local z end",
                "for i = 1, 2 do local y = i end\n_.x = function() local z end",
            ),
            ("while a do local y end local x = 1", "while a do local y end _.x = 1"),
            ("repeat local y = 1 until y local x = 1", "repeat local y = 1 until y _.x = 1"),
            ("local s, t = 'local y', [[ local z ]] -- local w", "_.s, _.t = 'local y', [[ local z ]] -- local w"),
            ("local x --[[ local ]] = 1", "_.x --[[ local ]] = 1"),
            ("local x <close> = f() local y = 1", "local x <close> = f() _.y = 1"),
        ] {
            assert_eq!(short(text).as_deref(), Some(wanted), "{text}");
        }
        for text in ["x = 1", "do local x = 1 end", "f('local x')", "local x <close> = f()"] {
            assert_eq!(short(text), None, "{text}");
        }
    }

    #[test]
    fn a_saved_script_declares_each_local_once() {
        let mut declared = HashSet::new();
        let lines = ["local x, y = 1, 2", "local x = x + 1", "local y, z = 3", "local function x() end"];
        let script = lines.map(|line| keep_locals(line, &mut declared));
        assert_eq!(script, ["local x, y = 1, 2", "x = x + 1", "local y, z = 3", "function x() end"]);
    }
}
