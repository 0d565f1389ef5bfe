//! Locals that the text before the cursor declares: `local x = …`, `for x in …`. Blocks that have ended are not
//! distinguished from open ones: of two locals with the same name, the later one counts.

use moonfleet_lua::tokens::{Token, TokenKind};

use crate::repl::complete::cursor_context::{Chain, ChainStep, chain};

/// The initial value of a local.
pub(super) enum LocalValue<'a> {
    Is(Chain<'a>),
    /// A value that an iterator returns.
    Each(Chain<'a>),
    /// Unknown, but not the global of that name.
    Unknown,
}

/// Returns the initial value of a local; `None` if the text does not declare it.
pub(super) fn declared<'a>(tokens: &[Token<'a>], name: &str) -> Option<LocalValue<'a>> {
    let declarations = (1..tokens.len()).rev().filter(|at| is_name(&tokens[*at], name));
    declarations.filter_map(|at| declaration(tokens, at)).next()
}

fn is_name(token: &Token<'_>, name: &str) -> bool {
    token.kind == TokenKind::Name && token.text == name
}

/// Returns the initial value if the token at this index declares its name.
fn declaration<'a>(tokens: &[Token<'a>], at: usize) -> Option<LocalValue<'a>> {
    let (before, after) = (&tokens[..at], &tokens[at + 1..]);
    let first = before.iter().rposition(|token| token.kind != TokenKind::Name && !token.is(","))?;
    let is_only = first + 1 == at;
    let known = |chain: Option<Chain<'a>>| chain.map_or(LocalValue::Unknown, LocalValue::Is);
    match tokens[first].text {
        "local" => Some(match after.first() {
            Some(next) if next.is("=") && is_only => known(forward(tokens, at + 2)),
            _ => LocalValue::Unknown,
        }),
        "for" => Some(match after.first() {
            Some(next) if next.is("in") => each(tokens, at + 2, is_only),
            _ => LocalValue::Unknown,
        }),
        // A parameter of a function.
        "(" if first > 0 && begins_parameters(&tokens[..first]) => Some(LocalValue::Unknown),
        _ => None,
    }
}

fn begins_parameters(tokens: &[Token<'_>]) -> bool {
    let name = tokens.iter().rev().take_while(|token| token.kind == TokenKind::Name || token.is(".") || token.is(":"));
    tokens.iter().rev().nth(name.count()).is_some_and(|token| token.is("function"))
}

fn each<'a>(tokens: &[Token<'a>], from: usize, is_only: bool) -> LocalValue<'a> {
    let is_list = tokens.get(from).is_some_and(|callee| is_name(callee, "ipairs")) && !is_only;
    match is_list && tokens.get(from + 1).is_some_and(|open| open.is("(")) {
        true => match forward(tokens, from + 2) {
            Some(mut list) => {
                list.steps.push(ChainStep::Index);
                LocalValue::Is(list)
            }
            None => LocalValue::Unknown,
        },
        false if is_only => forward(tokens, from).map_or(LocalValue::Unknown, LocalValue::Each),
        false => LocalValue::Unknown,
    }
}

/// Returns the chain that begins at this token, if it is a name.
fn forward<'a>(tokens: &[Token<'a>], from: usize) -> Option<Chain<'a>> {
    tokens.get(from).filter(|token| token.kind == TokenKind::Name)?;
    let mut depth = 0;
    let mut end = from + 1;
    for (at, token) in tokens.iter().enumerate().skip(from + 1) {
        let after = &tokens[at - 1];
        match token.text {
            "{" | "(" | "[" if token.kind == TokenKind::Symbol => depth += 1,
            "}" | ")" | "]" if token.kind == TokenKind::Symbol && depth > 0 => depth -= 1,
            _ if depth > 0 => continue,
            "." | ":" if token.kind == TokenKind::Symbol => continue,
            _ if token.kind == TokenKind::Name && [".", ":"].iter().any(|mark| after.is(mark)) => {}
            _ if matches!(token.kind, TokenKind::Text(_)) => {}
            _ => break,
        }
        if depth == 0 {
            end = at + 1;
        }
    }
    chain(tokens, end)
}
