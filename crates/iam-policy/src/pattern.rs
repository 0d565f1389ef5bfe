//! Names with wildcards and policy variables.
//!
//! The colons of an ARN are fences: a wildcard in one part reaches into no other, but for
//! the last one, which has colons of its own.

use super::{Context, Match};

#[derive(Clone, Copy, PartialEq)]
enum Piece {
    Sign(char),
    /// A colon of the pattern itself, not of a variable's value.
    Fence,
    One,
    Many,
}

pub(crate) fn matches_action(pattern: &str, action: &str) -> bool {
    let pieces: Vec<Piece> = pattern.to_ascii_lowercase().chars().map(piece).collect();
    glob(&pieces, &signs(&action.to_ascii_lowercase()))
}

/// As `StringLike` has it: without fences.
pub(crate) fn matches_text(pattern: &str, text: &str, context: Option<&Context>) -> Match {
    match resolved(pattern, context, piece) {
        Ok(pieces) => Match::is(glob(&pieces, &signs(text))),
        Err(unknown) => unknown,
    }
}

/// As `StringEquals` has it: variables count, wildcards do not.
pub(crate) fn equals_text(wanted: &str, text: &str, context: Option<&Context>) -> Match {
    match resolved(wanted, context, Piece::Sign) {
        Ok(pieces) => Match::is(glob(&pieces, &signs(text))),
        Err(unknown) => unknown,
    }
}

/// An ARN's pattern; what it does not say of the later parts may be anything.
pub(crate) fn matches_resource(pattern: &str, resource: &str, context: Option<&Context>) -> Match {
    let pieces = match resolved(pattern, context, piece) {
        Ok(pieces) => pieces,
        Err(unknown) => return unknown,
    };
    if pieces == [Piece::Many] {
        return Match::Yes;
    }
    let wanted: Vec<&[Piece]> = pieces.splitn(6, |piece| *piece == Piece::Fence).collect();
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let is_matched = |at: usize, part: &str| match wanted.get(at) {
        Some(wanted) => glob(wanted, &signs(part)),
        None => true,
    };
    Match::is(parts.len() >= wanted.len() && parts.iter().enumerate().all(|(at, part)| is_matched(at, part)))
}

/// The keys that a text's variables name.
pub(crate) fn variables(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let Some((inside, left)) = after.split_once('}') else { break };
        let (name, _) = inside.split_once(',').unwrap_or((inside, ""));
        if !["*", "?", "$"].contains(&name) {
            names.push(name.trim().to_owned());
        }
        rest = left;
    }
    names
}

fn piece(sign: char) -> Piece {
    match sign {
        '*' => Piece::Many,
        '?' => Piece::One,
        ':' => Piece::Fence,
        sign => Piece::Sign(sign),
    }
}

fn signs(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// With values for the variables; without them nothing is known, and a key that the request
/// does not have matches nothing.
fn resolved(pattern: &str, context: Option<&Context>, piece: fn(char) -> Piece) -> Result<Vec<Piece>, Match> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, left)) = after.split_once('}') else { break };
        pieces.extend(before.chars().map(piece));
        pieces.extend(value(inside, context)?.chars().map(Piece::Sign));
        rest = left;
    }
    pieces.extend(rest.chars().map(piece));
    Ok(pieces)
}

/// `${*}` is an asterisk; `${aws:username, 'nobody'}` has a value for whoever has none.
fn value(inside: &str, context: Option<&Context>) -> Result<String, Match> {
    if ["*", "?", "$"].contains(&inside) {
        return Ok(inside.to_owned());
    }
    let (key, otherwise) = match inside.split_once(',') {
        Some((key, otherwise)) => (key.trim(), Some(otherwise.trim().trim_matches('\''))),
        None => (inside.trim(), None),
    };
    let Some(context) = context else { return Err(Match::Perhaps) };
    let known = context.get(key).and_then(|values| values.first());
    if known.is_none() && !context.is_complete {
        return Err(Match::Perhaps);
    }
    known.map(String::as_str).or(otherwise).map(str::to_owned).ok_or(Match::No)
}

// Goes back to the last asterisk only, so that no pattern takes long.
fn glob(pattern: &[Piece], text: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while read < text.len() {
        let fits = match pattern.get(at) {
            Some(Piece::Many) => {
                last = Some((at, read));
                at += 1;
                continue;
            }
            Some(Piece::One) => true,
            Some(Piece::Fence) => text[read] == ':',
            Some(Piece::Sign(sign)) => text[read] == *sign,
            None => false,
        };
        match (fits, last) {
            (true, _) => (at, read) = (at + 1, read + 1),
            (false, Some((star, from))) => {
                last = Some((star, from + 1));
                (at, read) = (star + 1, from + 1);
            }
            (false, None) => return false,
        }
    }
    pattern[at..].iter().all(|piece| *piece == Piece::Many)
}
