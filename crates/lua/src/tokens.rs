//! Splits Lua text into tokens, for code that analyses text without running it: colours, local
//! variables, calls, the context of a cursor. Unfinished and invalid text has tokens too; the last
//! token says whether it is open at the end.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TokenKind {
    Name,
    Keyword,
    Number,
    Symbol,
    Text(Quote),
    Comment,
}

/// The delimiter of a string.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quote {
    Short(char),
    /// `[[` or `[=[`, in which nothing is escaped.
    Long,
}

#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub kind: TokenKind,
    pub text: &'a str,
    pub start: usize,
    /// Whether the text ends before the token is closed.
    pub is_open: bool,
    /// The lengths in bytes of the delimiters of a string or a comment.
    opening: usize,
    closing: usize,
}

const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not", "or", "repeat", "return", "then", "true", "until", "while",
];

const SYMBOLS: [&str; 10] = ["...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"];

pub fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.into_iter()
}

pub fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(starts_name) && letters.all(continues_name) && !KEYWORDS.contains(&text)
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn continues_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'a> Token<'a> {
    pub fn is(&self, symbol: &str) -> bool {
        matches!(self.kind, TokenKind::Symbol | TokenKind::Keyword) && self.text == symbol
    }

    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub fn byte_range(&self) -> Range<usize> {
        self.start..self.end()
    }

    /// Returns the position after the opening delimiter of a string.
    pub fn inside(&self) -> usize {
        self.start + self.opening
    }

    /// Returns the text between the delimiters of a string, as it is written.
    pub fn content(&self) -> &'a str {
        &self.text[self.opening..self.text.len() - self.closing]
    }

    /// Returns whether a call or an index can follow the token.
    pub fn ends_value(&self) -> bool {
        matches!(self.kind, TokenKind::Name | TokenKind::Text(_)) || [")", "]", "}"].iter().any(|s| self.is(s))
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
    let plain = |kind, len| Token { kind, text: &rest[..len], start, is_open: false, opening: 0, closing: 0 };
    let long = |kind, before: usize, level: usize| {
        let opening = before + level + 2;
        let closing = format!("]{}]", "=".repeat(level));
        match rest[opening..].find(&closing) {
            Some(at) => Token { opening, closing: closing.len(), ..plain(kind, opening + at + closing.len()) },
            None => Token { opening, is_open: true, ..plain(kind, rest.len()) },
        }
    };
    if starts_name(first) {
        let word = &rest[..rest.find(|c| !continues_name(c)).unwrap_or(rest.len())];
        let kind = if KEYWORDS.contains(&word) { TokenKind::Keyword } else { TokenKind::Name };
        return plain(kind, word.len());
    }
    if let Some(comment) = rest.strip_prefix("--") {
        if let Some(level) = long_level(comment) {
            return long(TokenKind::Comment, 2, level);
        }
        let len = rest.find('\n');
        return Token { is_open: len.is_none(), ..plain(TokenKind::Comment, len.unwrap_or(rest.len())) };
    }
    if let Some(level) = long_level(rest) {
        return long(TokenKind::Text(Quote::Long), 0, level);
    }
    if matches!(first, '"' | '\'') {
        return short(plain, rest, first);
    }
    if rest.strip_prefix('.').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit()) {
        return plain(TokenKind::Number, number(rest));
    }
    let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
    plain(TokenKind::Symbol, symbol.map_or(first.len_utf8(), |symbol| symbol.len()))
}

/// Returns the number of `=` in the opening bracket of a long string; none if the text does not begin with one.
fn long_level(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let level = inner.len() - inner.trim_start_matches('=').len();
    inner[level..].starts_with('[').then_some(level)
}

/// Reads a string in quotes. The end of the line ends it too, which is an error in Lua.
fn short<'a>(plain: impl Fn(TokenKind, usize) -> Token<'a>, text: &str, quote: char) -> Token<'a> {
    let kind = TokenKind::Text(Quote::Short(quote));
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\n' => return Token { opening: 1, ..plain(kind, at) },
            _ if c == quote => return Token { opening: 1, closing: 1, ..plain(kind, at + 1) },
            _ => {}
        }
    }
    Token { opening: 1, is_open: true, ..plain(kind, text.len()) }
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

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn text_is_split_into_tokens() {
        assert_eq!(
            texts("x.y={1,'a\\'b'}..[[l\n]] -- c"),
            ["x", ".", "y", "=", "{", "1", ",", "'a\\'b'", "}", "..", "[[l\n]]", "-- c"]
        );
        assert_eq!(texts("a[=[ ]] ]=]b"), ["a", "[=[ ]] ]=]", "b"]);
        assert_eq!(texts("é~=\u{202e}"), ["é", "~=", "\u{202e}"]);
    }

    #[test]
    fn all_text_is_tokens_or_spaces() {
        for (text, expected) in [
            ("local x = 1", "Keyword local|Name x|Symbol =|Number 1"),
            ("f'a\\'b' --[[c]] d", "Name f|Text 'a\\'b'|Comment --[[c]]|Name d"),
            ("x = [==[ ]] ]==] .. \"y", "Name x|Symbol =|Text [==[ ]] ]==]|Symbol ..|Text \"y"),
            ("t[1] = 0x1p-4 - .5e+3", "Name t|Symbol [|Number 1|Symbol ]|Symbol =|Number 0x1p-4|Symbol -|Number .5e+3"),
            ("é \"é\" -- é\nend", "Symbol é|Text \"é\"|Comment -- é|Keyword end"),
            ("'a\nlocal", "Text 'a|Keyword local"),
            ("[[a", "Text [[a"),
            ("--[==[a\nb]==]c", "Comment --[==[a\nb]==]|Name c"),
            ("a..5", "Name a|Symbol ..|Number 5"),
        ] {
            let kind = |kind| match kind {
                TokenKind::Text(_) => "Text".to_owned(),
                other => format!("{other:?}"),
            };
            let found: Vec<String> = tokens(text).iter().map(|t| format!("{} {}", kind(t.kind), t.text)).collect();
            assert_eq!(found.join("|"), expected);
        }
    }

    #[test]
    fn open_tokens_are_marked() {
        for (text, is_open, content) in [
            ("x = 'a b", true, "a b"),
            ("x = 'a b'", false, "a b"),
            ("x = [[a", true, "a"),
            ("x = 'a\\'", true, "a\\'"),
            ("x = 'a\n", false, "a"),
            ("x = '\n", false, ""),
            ("--[=[ a ]=]", false, " a "),
        ] {
            let last = tokens(text).pop().expect("a token");
            assert_eq!((last.is_open, last.content()), (is_open, content), "{text}");
        }
        assert!(tokens("-- a").pop().expect("a comment").is_open);
        assert!(!tokens("-- a\n").pop().expect("a comment").is_open);
        assert!(tokens("--[[ a\n").pop().expect("a comment").is_open);
    }
}
