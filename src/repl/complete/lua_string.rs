//! Text as Lua literals. Control characters are escaped, so that completing the name of a resource cannot insert them
//! into the line.

use moonfleet_core::sanitize::is_unsafe;
use moonfleet_lua::tokens::{Quote, is_name};

/// Returns the content of a string literal; `None` if a literal with these quotes cannot hold the text.
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

/// Returns the string literal with its quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", inside(text, Quote::Short('"')).unwrap_or_default())
}

/// Returns a key of a table constructor: `name` or `["a name"]`.
pub(super) fn key(text: &str) -> String {
    if is_name(text) { text.to_owned() } else { format!("[{}]", quoted(text)) }
}

/// Returns a field after a value: `.name` or `["a name"]`.
pub(super) fn field(text: &str) -> String {
    if is_name(text) { format!(".{text}") } else { key(text) }
}

#[cfg(test)]
mod tests {
    use mlua::Lua;

    use super::*;

    #[test]
    fn lua_reads_the_original_text() {
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
