//! Lua's tokens, of text that is not finished: what is open at its end is told.

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Name,
    Keyword,
    Number,
    Symbol,
    Text(Quote),
    Comment,
}

/// What a string began with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quote {
    Short(char),
    /// `[[` or `[=[`: nothing in it is escaped.
    Long,
}

#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub start: usize,
    /// The text ends before it does.
    pub is_open: bool,
    /// Of a string or a comment: how many bytes begin it.
    opening: usize,
}

const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not", "or", "repeat", "return", "then", "true", "until", "while",
];

const SYMBOLS: [&str; 11] = ["...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>", "->"];

pub fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.into_iter()
}

pub fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(begins_name) && letters.all(goes_on_name) && !KEYWORDS.contains(&text)
}

fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn goes_on_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'a> Token<'a> {
    pub fn is(&self, symbol: &str) -> bool {
        matches!(self.kind, Kind::Symbol | Kind::Keyword) && self.text == symbol
    }

    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Where the inside of a string begins.
    pub fn inside(&self) -> usize {
        self.start + self.opening
    }

    /// What stands in a string, as it is written.
    pub fn content(&self) -> &'a str {
        let closing = if self.is_open { 0 } else { self.opening };
        &self.text[self.opening..self.text.len() - closing]
    }

    /// Whether a call or an index can follow it.
    pub fn ends_value(&self) -> bool {
        matches!(self.kind, Kind::Name | Kind::Text(_)) || [")", "]", "}"].iter().any(|s| self.is(s))
    }
}

pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let token = token(text, at, first);
        at = token.end();
        found.push(token);
    }
    found
}

fn token(text: &str, start: usize, first: char) -> Token<'_> {
    let rest = &text[start..];
    let plain = |kind, len| Token { kind, text: &rest[..len], start, is_open: false, opening: 0 };
    let long = |kind, before: usize, level: usize| {
        let opening = before + level + 2;
        let closing = format!("]{}]", "=".repeat(level));
        let len = rest[opening..].find(&closing).map(|at| opening + at + closing.len());
        let text = &rest[..len.unwrap_or(rest.len())];
        Token { kind, text, start, is_open: len.is_none(), opening }
    };
    if begins_name(first) {
        let word = &rest[..rest.find(|c| !goes_on_name(c)).unwrap_or(rest.len())];
        let kind = if KEYWORDS.contains(&word) { Kind::Keyword } else { Kind::Name };
        return plain(kind, word.len());
    }
    if first.is_ascii_digit() {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
        return plain(Kind::Number, rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
    }
    if let Some(comment) = rest.strip_prefix("--") {
        if let Some(level) = long_level(comment) {
            return long(Kind::Comment, 2, level);
        }
        let len = rest.find('\n');
        return Token { is_open: len.is_none(), ..plain(Kind::Comment, len.unwrap_or(rest.len())) };
    }
    if let Some(level) = long_level(rest) {
        return long(Kind::Text(Quote::Long), 0, level);
    }
    if matches!(first, '"' | '\'') {
        let len = short_len(rest, first);
        let text = &rest[..len.unwrap_or(rest.len())];
        return Token { kind: Kind::Text(Quote::Short(first)), text, start, is_open: len.is_none(), opening: 1 };
    }
    let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
    plain(Kind::Symbol, symbol.map_or(first.len_utf8(), |symbol| symbol.len()))
}

/// How many `=` are in the brackets that begin a long string.
fn long_level(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let level = inner.len() - inner.trim_start_matches('=').len();
    inner[level..].starts_with('[').then_some(level)
}

/// A string in quotes with both of them; none where the text ends in it. A line's end ends a
/// string too, though Lua calls that an error.
fn short_len(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return Some(at),
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn text_is_cut_into_tokens() {
        assert_eq!(
            texts("x.y={1,'a\\'b'}..[[l\n]] -- c"),
            ["x", ".", "y", "=", "{", "1", ",", "'a\\'b'", "}", "..", "[[l\n]]", "-- c"]
        );
        assert_eq!(texts("a[=[ ]] ]=]b"), ["a", "[=[ ]] ]=]", "b"]);
        assert_eq!(texts("é~=\u{202e}"), ["é", "~=", "\u{202e}"]);
    }

    #[test]
    fn what_is_open_at_the_end_is_told() {
        for (text, is_open, content) in [
            ("x = 'a b", true, "a b"),
            ("x = 'a b'", false, "a b"),
            ("x = [[a", true, "a"),
            ("x = 'a\\'", true, "a\\'"),
        ] {
            let last = tokens(text).pop().expect("a token");
            assert_eq!((last.is_open, last.content()), (is_open, content), "{text}");
        }
        assert!(tokens("-- a").pop().expect("a comment").is_open);
        assert!(!tokens("-- a\n").pop().expect("a comment").is_open);
        assert!(tokens("--[[ a\n").pop().expect("a comment").is_open);
    }
}
