//! Text as Lua writes it. What a screen would act on is written as an escape, so that nobody
//! types it by completing a name that somebody else has given.

use moonfleet_core::sanitize::is_unsafe;
use moonfleet_lua::tokens::{Quote, is_name};

/// The inside of a string; none where such a string cannot hold the text.
pub(super) fn inside(text: &str, quote: Quote) -> Option<String> {
    let Quote::Short(mark) = quote else {
        let is_plain = !text.contains(']') && !text.chars().any(is_unsafe);
        return is_plain.then(|| text.to_owned());
    };
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            _ if c == mark => written.extend(['\\', c]),
            _ if is_unsafe(c) => {
                let number =
                    if c.is_ascii() { format!("\\x{:02X}", c as u32) } else { format!("\\u{{{:X}}}", c as u32) };
                written.push_str(&number);
            }
            _ => written.push(c),
        }
    }
    Some(written)
}

/// The whole string, quotes and all.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", inside(text, Quote::Short('"')).unwrap_or_default())
}

/// `name` or `["a name"]`, as a table's constructor has them.
pub(super) fn key(text: &str) -> String {
    if is_name(text) { text.to_owned() } else { format!("[{}]", quoted(text)) }
}

/// `.name` or `["a name"]`, as they follow a value.
pub(super) fn field(text: &str) -> String {
    if is_name(text) { format!(".{text}") } else { key(text) }
}

#[cfg(test)]
mod tests {
    use mlua::Lua;

    use super::*;

    #[test]
    fn lua_reads_what_was_meant() {
        let lua = Lua::new();
        for text in ["web-1", "a\"b'c\\d", "\x1b]52;c;cm0=\x07", "a\r\nb\t\0", "x\u{202e}y\u{9b}", "Zürich 東京"] {
            let written = quoted(text);
            assert!(!written.chars().any(is_unsafe), "{written:?}");
            let read: String = lua.load(format!("return {written}")).eval().expect(&written);
            assert_eq!(read, text);
        }
        assert_eq!(inside("a]b", Quote::Long), None);
        assert_eq!((key("a"), key("a b"), key("end")), ("a".into(), "[\"a b\"]".into(), "[\"end\"]".into()));
    }
}
