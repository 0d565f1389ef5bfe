//! Pages of a list, for every service.
//!
//! A token contains the last item of a page, not a count, so a list that changes between two pages
//! neither loses nor repeats an item. It also contains a hash of the request: AWS refuses a token
//! of another request.

use std::{
    fmt::Debug,
    hash::{DefaultHasher, Hash, Hasher},
};

/// One page, and the token of the next one; `None` on the last page.
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    pub next_token: Option<String>,
}

/// The error of a malformed token, or of a token of another request.
#[derive(Debug)]
pub(crate) struct BadToken;

/// Returns the page for `token`. `request` must not change between pages; `key` is unique within
/// the list.
pub(crate) fn page<T>(
    items: Vec<T>,
    request: &impl Debug,
    size: usize,
    token: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, BadToken> {
    let start = match token {
        None => 0,
        Some(token) => resume(&items, &Token::parse(token, request)?, &key),
    };
    let end = items.len().min(start.saturating_add(size));
    let next_token = match items.get(end.wrapping_sub(1)) {
        Some(last) if end < items.len() => Some(Token::new(end, key(last)).write(request)),
        _ => None,
    };
    let items = items.into_iter().skip(start).take(size).collect();
    Ok(Page { items, next_token })
}

fn resume<T>(items: &[T], token: &Token, key: &impl Fn(&T) -> String) -> usize {
    items.iter().position(|item| key(item) == token.last).map_or(token.seen.min(items.len()), |at| at + 1)
}

struct Token {
    // The position to continue at if the last item no longer exists.
    seen: usize,
    last: String,
}

impl Token {
    fn new(seen: usize, last: String) -> Token {
        Token { seen, last }
    }

    fn write(&self, request: &impl Debug) -> String {
        let plain = format!("{:016x}/{}/{}", fingerprint(request), self.seen, self.last);
        plain.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    fn parse(token: &str, request: &impl Debug) -> Result<Token, BadToken> {
        let plain = unhex(token).ok_or(BadToken)?;
        let mut parts = plain.splitn(3, '/');
        let mut next = || parts.next().ok_or(BadToken);
        if next()? != format!("{:016x}", fingerprint(request)) {
            return Err(BadToken);
        }
        let seen = next()?.parse().map_err(|_| BadToken)?;
        Ok(Token::new(seen, next()?.to_owned()))
    }
}

fn fingerprint(request: &impl Debug) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{request:?}").hash(&mut hasher);
    hasher.finish()
}

fn unhex(text: &str) -> Option<String> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|value| value as u8)).collect();
    let bytes =
        digits?.chunks(2).map(|pair| (pair.len() == 2).then(|| pair[0] << 4 | pair[1])).collect::<Option<Vec<u8>>>()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(items: &[&str], token: Option<&str>) -> Page<String> {
        let items = items.iter().map(|item| (*item).to_owned()).collect();
        page(items, &"list", 2, token, String::clone).unwrap()
    }

    #[test]
    fn changing_list_loses_and_repeats_no_items() {
        let first = cut(&["a", "b", "c", "d"], None);
        assert_eq!(first.items, ["a", "b"]);
        let second = cut(&["0", "a", "b", "c", "d"], first.next_token.as_deref());
        assert_eq!(second.items, ["c", "d"]);
        assert_eq!(second.next_token, None);
    }

    #[test]
    fn list_continues_after_a_deleted_item() {
        let first = cut(&["a", "b", "c", "d"], None);
        let second = cut(&["a", "c", "d"], first.next_token.as_deref());
        assert_eq!(second.items, ["d"]);
    }

    #[test]
    fn empty_list_is_one_page() {
        let only = cut(&[], None);
        assert!(only.items.is_empty() && only.next_token.is_none());
    }

    #[test]
    fn foreign_and_unknown_tokens_are_refused() {
        let token = cut(&["a", "b", "c"], None).next_token.unwrap();
        for (request, token) in [("other", token.as_str()), ("list", "zz"), ("list", "0ü")] {
            let result = page(vec!["a".to_owned()], &request, 2, Some(token), String::clone);
            assert!(result.is_err(), "{request} {token}");
        }
    }
}
