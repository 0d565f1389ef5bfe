//! The syntax around the cursor: the typed word, the open brackets, and the tokens before it. This module does not
//! know the meaning of names.

use moonfleet_lua::tokens::{Quote, Token, TokenKind, tokens};

pub(super) struct CursorContext<'a> {
    /// The tokens before the typed word, without comments.
    pub before: Vec<Token<'a>>,
    /// The incomplete word, or the content of the incomplete string.
    pub typed: &'a str,
    /// The byte position where `typed` begins.
    pub start: usize,
    pub quote: Option<Quote>,
    /// The open brackets and blocks, the innermost last.
    pub frames: Vec<Frame<'a>>,
    /// The text after the cursor.
    pub after: &'a str,
}

/// An open bracket, and the element of it that contains the cursor.
pub(super) struct Frame<'a> {
    pub bracket: Bracket,
    /// The index of the bracket among the tokens.
    pub open: usize,
    /// The first token of the element that the cursor is in.
    pub element: usize,
    /// The number of elements before it.
    pub index: usize,
    /// The keys before it, with their values if these are strings.
    pub given: Vec<(&'a str, Option<&'a str>)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bracket {
    Table,
    Call,
    Index,
    /// The body of a function, or another block up to its `end`.
    Block,
}

/// The key of an element of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TableKey<'a> {
    Name(&'a str),
    Index,
}

/// A name with its fields, indexes and calls: `prod.ec2.describe_instances{…}.reservations[1]`.
#[derive(Debug, PartialEq)]
pub(super) struct Chain<'a> {
    pub root: &'a str,
    pub steps: Vec<ChainStep<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ChainStep<'a> {
    Field(&'a str),
    Index,
    Call,
}

impl<'a> CursorContext<'a> {
    /// Parses the text before the cursor. Returns `None` in a comment or a number, which have no completions.
    pub(super) fn parse(text: &'a str, cursor: usize) -> Option<Self> {
        let (before, after) = text.split_at(cursor);
        let mut found = tokens(before);
        let last = found.last().copied();
        let (typed, start, quote) = match last {
            Some(Token { kind: TokenKind::Comment, is_open: true, .. }) => return None,
            Some(token @ Token { kind: TokenKind::Text(quote), is_open: true, .. }) => {
                (&before[token.inside()..], token.inside(), Some(quote))
            }
            Some(token @ Token { kind: TokenKind::Name | TokenKind::Keyword, .. }) if token.end() == cursor => {
                (token.text, token.start, None)
            }
            Some(Token { kind: TokenKind::Number, text, start, .. }) if start + text.len() == cursor => return None,
            _ => ("", cursor, None),
        };
        if start < cursor || quote.is_some() {
            found.pop();
        }
        found.retain(|token| token.kind != TokenKind::Comment);
        let frames = frames(&found);
        Some(CursorContext { before: found, typed, start, quote, frames, after })
    }

    /// Whether the typed word begins the value of the innermost element.
    pub(super) fn begins_value(&self) -> bool {
        self.frames.last().is_some_and(|frame| self.before.len() == frame.value(&self.before))
    }

    /// Whether a key could be typed here.
    pub(super) fn begins_element(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.bracket == Bracket::Table && frame.element == self.before.len())
    }

    /// Returns the index of the frame of a table with an incomplete key `["`.
    pub(super) fn table_of_key(&self) -> Option<usize> {
        let (at, bracket) = self.frames.len().checked_sub(2).map(|at| (at, &self.frames[at + 1]))?;
        let is_key = bracket.bracket == Bracket::Index
            && bracket.open + 1 == self.before.len()
            && self.frames[at].bracket == Bracket::Table
            && self.frames[at].element == bracket.open;
        is_key.then_some(at)
    }

    /// Returns the value before an incomplete `.name`, `:name` or `["name`, and the symbol between them.
    pub(super) fn owner(&self) -> Option<(Chain<'a>, &'a str)> {
        let mark = self.before.last()?;
        let is_mark = [".", ":"].iter().any(|s| mark.is(s)) && self.quote.is_none();
        let is_index = mark.is("[") && self.quote.is_some() && self.table_of_key().is_none();
        if !(is_mark || is_index) {
            return None;
        }
        chain(&self.before, self.before.len() - 1).map(|chain| (chain, mark.text))
    }

    /// Returns the keys of the table after the cursor.
    pub(super) fn given_later(&self) -> Vec<&'a str> {
        let mut depth = 0;
        let mut rest = self.after;
        if let Some(Quote::Short(mark)) = self.quote {
            rest = rest.find(mark).map_or("", |at| &rest[at + 1..]);
        }
        let rest = tokens(rest);
        let mut names = Vec::new();
        for (at, token) in rest.iter().enumerate() {
            match token.text {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" if depth == 0 => break,
                "}" | ")" | "]" => depth -= 1,
                _ if depth == 0
                    && token.kind == TokenKind::Name
                    && rest.get(at + 1).is_some_and(|next| next.is("=")) =>
                {
                    names.push(token.text);
                }
                _ => {}
            }
        }
        names
    }
}

impl<'a> Frame<'a> {
    /// Returns the key of the innermost element.
    pub(super) fn key(&self, tokens: &[Token<'a>]) -> TableKey<'a> {
        match key(&tokens[self.element..]) {
            Some((name, _)) if self.bracket == Bracket::Table => TableKey::Name(name),
            _ => TableKey::Index,
        }
    }

    /// Returns the index of the token that begins the value of the innermost element.
    pub(super) fn value(&self, tokens: &[Token<'a>]) -> usize {
        match key(&tokens[self.element..]) {
            Some((_, len)) if self.bracket == Bracket::Table => self.element + len,
            _ => self.element,
        }
    }
}

/// Parses `name =` or `["name"] =`. Returns the name and the number of tokens.
fn key<'a>(tokens: &[Token<'a>]) -> Option<(&'a str, usize)> {
    match tokens {
        [name, equals, ..] if name.kind == TokenKind::Name && equals.is("=") => Some((name.text, 2)),
        [open, text, close, equals, ..]
            if open.is("[") && matches!(text.kind, TokenKind::Text(_)) && close.is("]") && equals.is("=") =>
        {
            Some((text.content(), 4))
        }
        _ => None,
    }
}

fn frames<'a>(tokens: &[Token<'a>]) -> Vec<Frame<'a>> {
    let mut frames: Vec<Frame<'a>> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let opens = match token.text {
            "{" => Some(Bracket::Table),
            "(" => Some(Bracket::Call),
            "[" => Some(Bracket::Index),
            // `while` and `for` are followed by `do`.
            "function" | "do" | "if" | "repeat" => Some(Bracket::Block),
            _ => None,
        };
        if !matches!(token.kind, TokenKind::Symbol | TokenKind::Keyword) {
            continue;
        }
        if let Some(bracket) = opens {
            frames.push(Frame { bracket, open: at, element: at + 1, index: 0, given: Vec::new() });
            continue;
        }
        let closes = match token.text {
            "}" => Some(Bracket::Table),
            ")" => Some(Bracket::Call),
            "]" => Some(Bracket::Index),
            "end" | "until" => Some(Bracket::Block),
            _ => None,
        };
        if let Some(bracket) = closes {
            if let Some(open) = frames.iter().rposition(|frame| frame.bracket == bracket) {
                frames.truncate(open);
            }
        } else if (token.is(",") || token.is(";"))
            && let Some(frame) = frames.last_mut()
        {
            if let Some((name, len)) = key(&tokens[frame.element..at]) {
                let value = tokens[frame.element + len..at].first();
                let text = value.filter(|value| matches!(value.kind, TokenKind::Text(_))).map(Token::content);
                frame.given.push((name, text));
            }
            frame.element = at + 1;
            frame.index += 1;
        }
    }
    frames
}

/// Returns the chain that ends before this token.
pub(super) fn chain<'a>(tokens: &[Token<'a>], end: usize) -> Option<Chain<'a>> {
    let mut steps = Vec::new();
    let mut at = end;
    loop {
        let last = tokens[..at].last()?;
        let before = |at: usize| tokens[..at].last();
        match last.kind {
            TokenKind::Name => match before(at - 1) {
                Some(mark) if mark.is(".") || mark.is(":") => {
                    steps.push(ChainStep::Field(last.text));
                    at -= 2;
                }
                _ => {
                    steps.reverse();
                    return Some(Chain { root: last.text, steps });
                }
            },
            TokenKind::Text(_) => {
                before(at - 1).filter(|callee| callee.ends_value())?;
                steps.push(ChainStep::Call);
                at -= 1;
            }
            _ => {
                let open = opening(tokens, at - 1)?;
                before(open).filter(|callee| callee.ends_value())?;
                steps.push(match (last.text, &tokens[open + 1..at - 1]) {
                    ("]", [text]) if matches!(text.kind, TokenKind::Text(_)) => ChainStep::Field(text.content()),
                    ("]", _) => ChainStep::Index,
                    _ => ChainStep::Call,
                });
                at = open;
            }
        }
    }
}

/// Returns the index of the opening bracket of the pair that is closed here.
fn opening(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0;
    for at in (0..=close).rev() {
        if tokens[at].kind != TokenKind::Symbol {
            continue;
        }
        match tokens[at].text {
            "}" | ")" | "]" => depth += 1,
            "{" | "(" | "[" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (at < close).then_some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context_at(marked: &str) -> CursorContext<'static> {
        let cursor = marked.find('|').expect("a cursor");
        let text: &'static str = Box::leak(marked.replacen('|', "", 1).into_boxed_str());
        CursorContext::parse(text, cursor).expect("no comment")
    }

    #[test]
    fn the_typed_word_and_the_open_brackets_are_found() {
        let context = context_at("x = ec2.describe_instances{ filters = {['tag:A'] = 'b', ['insta|");
        assert_eq!((context.typed, context.quote), ("insta", Some(Quote::Short('\''))));
        let brackets: Vec<Bracket> = context.frames.iter().map(|frame| frame.bracket).collect();
        assert_eq!(brackets, [Bracket::Table, Bracket::Table, Bracket::Index]);
        assert_eq!(context.table_of_key(), Some(1));
        assert_eq!(context.frames[1].given, [("tag:A", Some("b"))]);
        assert_eq!(context.frames[0].key(&context.before), TableKey::Name("filters"));
    }

    #[test]
    fn blocks_are_open_until_their_end() {
        let context = context_at("for i in x do if y then f{ run = function(a) local b = {|");
        let blocks = context.frames.iter().filter(|frame| frame.bracket == Bracket::Block).count();
        assert_eq!(blocks, 3);
        assert!(context_at("for i in x do if y then z() end end |").frames.is_empty());
        assert!(context_at("repeat f() until x |").frames.is_empty());
    }

    #[test]
    fn the_value_before_a_dot_is_parsed_backwards() {
        let context = context_at("print(aws.session{profile='x', list={1}}.ec2['op']{}.rows[i + 1]:na|");
        let (chain, mark) = context.owner().expect("a value");
        assert_eq!((chain.root, mark), ("aws", ":"));
        let steps = [
            ChainStep::Field("session"),
            ChainStep::Call,
            ChainStep::Field("ec2"),
            ChainStep::Field("op"),
            ChainStep::Call,
        ];
        assert_eq!(chain.steps, [&steps[..], &[ChainStep::Field("rows"), ChainStep::Index]].concat());
        assert!(context_at("(a).b|").owner().is_none());
        assert!(context_at("a .. b|").owner().is_none());
    }

    #[test]
    fn keys_after_the_cursor_count_as_given() {
        assert_eq!(context_at("f{ |, a = {b = 1}, c = 2 } d = 1").given_later(), ["a", "c"]);
        assert_eq!(context_at("f{ x = 'y|', a = 2 }").given_later(), ["a"]);
    }
}
