//! Lua as tokens, for what has to be known of a line before it is run: what to colour, and
//! where its locals are. Text that is not finished, or is no Lua, has tokens as well.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Keyword,
    Name,
    Number,
    Text,
    Comment,
    Sign,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub at: Range<usize>,
}

const KEYWORDS: &[&str] = &[
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not", "or", "repeat", "return", "then", "true", "until", "while",
];

pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], first);
        tokens.push(Token { kind, at: at..at + length });
        at += length;
    }
    tokens
}

/// The token that a text begins with, and its length.
fn token(text: &str, first: char) -> (Kind, usize) {
    let second = text[first.len_utf8()..].chars().next();
    match (first, second) {
        ('-', Some('-')) => (Kind::Comment, comment(text)),
        ('"' | '\'', _) => (Kind::Text, short(text, first)),
        ('[', _) => long(text).map_or((Kind::Sign, 1), |length| (Kind::Text, length)),
        ('0'..='9', _) | ('.', Some('0'..='9')) => (Kind::Number, number(text)),
        _ if is_of_name(first) => {
            let length = text.find(|c| !is_of_name(c)).unwrap_or(text.len());
            let kind = if KEYWORDS.contains(&&text[..length]) { Kind::Keyword } else { Kind::Name };
            (kind, length)
        }
        _ => (Kind::Sign, first.len_utf8()),
    }
}

fn is_of_name(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

fn comment(text: &str) -> usize {
    let rest = &text[2..];
    let line = rest.find('\n').unwrap_or(rest.len());
    2 + long(rest).unwrap_or(line)
}

/// To the quote that ends it, or the end of the line, which ends it in error.
fn short(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\n' => return at,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `[[…]]`, `[==[…]==]`; none where none begins here.
fn long(text: &str) -> Option<usize> {
    let level = text.strip_prefix('[')?.chars().take_while(|c| *c == '=').count();
    text[1 + level..].strip_prefix('[')?;
    let end = format!("]{}]", "=".repeat(level));
    Some(text.find(&end).map_or(text.len(), |at| at + end.len()))
}

fn number(text: &str) -> usize {
    let exponent = if text.starts_with("0x") || text.starts_with("0X") { ['p', 'P'] } else { ['e', 'E'] };
    let mut before = '0';
    let mut goes_on = |c: char| {
        let is_part = c.is_ascii_alphanumeric() || c == '.' || ("+-".contains(c) && exponent.contains(&before));
        before = c;
        is_part
    };
    text.find(|c| !goes_on(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_a_token_or_a_space() {
        for (text, wanted) in [
            ("local x = 1", "Keyword local|Name x|Sign =|Number 1"),
            ("f'a\\'b' --[[c]] d", "Name f|Text 'a\\'b'|Comment --[[c]]|Name d"),
            ("x = [==[ ]] ]==] .. \"y", "Name x|Sign =|Text [==[ ]] ]==]|Sign .|Sign .|Text \"y"),
            ("t[1] = 0x1p-4 - .5e+3", "Name t|Sign [|Number 1|Sign ]|Sign =|Number 0x1p-4|Sign -|Number .5e+3"),
            ("é \"é\" -- é\nend", "Sign é|Text \"é\"|Comment -- é|Keyword end"),
            ("'a\nlocal", "Text 'a|Keyword local"),
            ("[[a", "Text [[a"),
            ("--[==[a\nb]==]c", "Comment --[==[a\nb]==]|Name c"),
        ] {
            let found = tokens(text);
            let told: Vec<String> = found.iter().map(|t| format!("{:?} {}", t.kind, &text[t.at.clone()])).collect();
            assert_eq!(told.join("|"), wanted);
        }
    }
}
