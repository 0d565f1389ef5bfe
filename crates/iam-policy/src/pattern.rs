//! Patterns with wildcards and policy variables.
//!
//! The colons of an ARN separate its parts: a wildcard matches only inside of its part. The last
//! part may contain colons itself.

use super::{Match, RequestContext};

/// The values of the policy variables in a pattern, such as `${aws:username}`.
#[derive(Clone, Copy)]
pub(crate) enum Variables<'a> {
    /// The document's version has no variables: `${` is text.
    None,
    Unknown,
    Of(&'a RequestContext),
}

#[derive(Clone, Copy, PartialEq)]
enum Piece {
    Char(char),
    /// A colon of the pattern itself, not of a variable's value.
    Separator,
    /// `?`
    One,
    /// `*`
    Many,
}

pub(crate) fn matches_action(pattern: &str, action: &str) -> bool {
    let pieces: Vec<Piece> = pattern.to_ascii_lowercase().chars().map(piece).collect();
    glob(&pieces, &chars(&action.to_ascii_lowercase()))
}

/// Matches a text like `StringLike`: colons have no special meaning.
pub(crate) fn matches_text(pattern: &str, text: &str, variables: Variables<'_>) -> Match {
    match resolved(pattern, variables, piece) {
        Ok(pieces) => Match::is(glob(&pieces, &chars(text))),
        Err(unknown) => unknown,
    }
}

/// Compares a text like `StringEquals`: variables are replaced, wildcards have no special meaning.
pub(crate) fn equals_text(wanted: &str, text: &str, variables: Variables<'_>) -> Match {
    match resolved(wanted, variables, Piece::Char) {
        Ok(pieces) => Match::is(glob(&pieces, &chars(text))),
        Err(unknown) => unknown,
    }
}

/// Matches an ARN. Parts that the pattern omits at its end match anything.
pub(crate) fn matches_resource(pattern: &str, resource: &str, variables: Variables<'_>) -> Match {
    let pieces = match resolved(pattern, variables, piece) {
        Ok(pieces) => pieces,
        Err(unknown) => return unknown,
    };
    if pieces == [Piece::Many] {
        return Match::Yes;
    }
    let wanted: Vec<&[Piece]> = pieces.splitn(6, |piece| *piece == Piece::Separator).collect();
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let is_matched = |at: usize, part: &str| match wanted.get(at) {
        Some(wanted) => glob(wanted, &chars(part)),
        None => true,
    };
    Match::is(parts.len() >= wanted.len() && parts.iter().enumerate().all(|(at, part)| is_matched(at, part)))
}

/// Returns the context keys of the variables in a text.
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

fn piece(c: char) -> Piece {
    match c {
        '*' => Piece::Many,
        '?' => Piece::One,
        ':' => Piece::Separator,
        c => Piece::Char(c),
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// Replaces the variables of a pattern by their values. An unknown value is `Err(Perhaps)`, and a
/// key that the request does not have is `Err(No)`.
fn resolved(pattern: &str, variables: Variables<'_>, piece: fn(char) -> Piece) -> Result<Vec<Piece>, Match> {
    if matches!(variables, Variables::None) {
        return Ok(pattern.chars().map(piece).collect());
    }
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, left)) = after.split_once('}') else { break };
        pieces.extend(before.chars().map(piece));
        pieces.extend(value(inside, variables)?.chars().map(Piece::Char));
        rest = left;
    }
    pieces.extend(rest.chars().map(piece));
    Ok(pieces)
}

/// Returns the value of a variable: `${*}` is an asterisk, and `${aws:username, 'none'}` has a
/// default value.
fn value(inside: &str, variables: Variables<'_>) -> Result<String, Match> {
    if ["*", "?", "$"].contains(&inside) {
        return Ok(inside.to_owned());
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
        None => (inside.trim(), None),
    };
    let Variables::Of(context) = variables else { return Err(Match::Perhaps) };
    let known = context.get(key).and_then(|values| values.first());
    if known.is_none() && !context.is_complete {
        return Err(Match::Perhaps);
    }
    known.map(String::as_str).or(default).map(str::to_owned).ok_or(Match::No)
}

/// Matches a text. Backtracks only to the last asterisk, so that no pattern takes exponential time.
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
            Some(Piece::Separator) => text[read] == ':',
            Some(Piece::Char(c)) => text[read] == *c,
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
