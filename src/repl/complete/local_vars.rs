//! What a name is that the text itself declares: `local x = …`, `for x in …`. Blocks that have
//! ended are not told from those that have not: of two that are called alike, the later counts.

use moonfleet_lua::tokens::{Kind, Token};

use crate::repl::complete::cursor_context::{Chain, Step, chain};

/// What a local begins as.
pub enum Local<'a> {
    Is(Chain<'a>),
    /// One of those that an iterator gives.
    Each(Chain<'a>),
    /// Nobody can say, and it is not the global of that name.
    Unknown,
}

pub fn declared<'a>(tokens: &[Token<'a>], name: &str) -> Option<Local<'a>> {
    let declarations = (1..tokens.len()).rev().filter(|at| is_name(&tokens[*at], name));
    declarations.filter_map(|at| declaration(tokens, at)).next()
}

fn is_name(token: &Token<'_>, name: &str) -> bool {
    token.kind == Kind::Name && token.text == name
}

/// What is declared at this name, where one is.
fn declaration<'a>(tokens: &[Token<'a>], at: usize) -> Option<Local<'a>> {
    let (before, after) = (&tokens[..at], &tokens[at + 1..]);
    let first = before.iter().rposition(|token| token.kind != Kind::Name && !token.is(","))?;
    let is_only = first + 1 == at;
    let known = |chain: Option<Chain<'a>>| chain.map_or(Local::Unknown, Local::Is);
    match tokens[first].text {
        "local" => Some(match after.first() {
            Some(next) if next.is("=") && is_only => known(forward(tokens, at + 2)),
            _ => Local::Unknown,
        }),
        "for" => Some(match after.first() {
            Some(next) if next.is("in") => each(tokens, at + 2, is_only),
            _ => Local::Unknown,
        }),
        // A parameter.
        "(" if first > 0 && is_of_function(&tokens[..first]) => Some(Local::Unknown),
        _ => None,
    }
}

fn is_of_function(tokens: &[Token<'_>]) -> bool {
    let name = tokens.iter().rev().take_while(|token| token.kind == Kind::Name || token.is(".") || token.is(":"));
    tokens.iter().rev().nth(name.count()).is_some_and(|token| token.is("function"))
}

fn each<'a>(tokens: &[Token<'a>], from: usize, is_only: bool) -> Local<'a> {
    let is_list = tokens.get(from).is_some_and(|callee| is_name(callee, "ipairs")) && !is_only;
    match is_list && tokens.get(from + 1).is_some_and(|open| open.is("(")) {
        true => match forward(tokens, from + 2) {
            Some(mut list) => {
                list.steps.push(Step::Index);
                Local::Is(list)
            }
            None => Local::Unknown,
        },
        false if is_only => forward(tokens, from).map_or(Local::Unknown, Local::Each),
        false => Local::Unknown,
    }
}

/// The value that begins here, where it is a name with what follows it.
fn forward<'a>(tokens: &[Token<'a>], from: usize) -> Option<Chain<'a>> {
    tokens.get(from).filter(|token| token.kind == Kind::Name)?;
    let mut depth = 0;
    let mut end = from + 1;
    for (at, token) in tokens.iter().enumerate().skip(from + 1) {
        let after = &tokens[at - 1];
        match token.text {
            "{" | "(" | "[" if token.kind == Kind::Symbol => depth += 1,
            "}" | ")" | "]" if token.kind == Kind::Symbol && depth > 0 => depth -= 1,
            _ if depth > 0 => continue,
            "." | ":" if token.kind == Kind::Symbol => continue,
            _ if token.kind == Kind::Name && [".", ":"].iter().any(|mark| after.is(mark)) => {}
            _ if matches!(token.kind, Kind::Text(_)) => {}
            _ => break,
        }
        if depth == 0 {
            end = at + 1;
        }
    }
    chain(tokens, end)
}
