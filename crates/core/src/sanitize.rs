//! Sanitizes text for a terminal.
//!
//! Tag values, names and command output come from other people. An escape sequence in them can move
//! the cursor, set the clipboard or change the title of the window; a bidi control can make one name
//! look like another. Each such character is replaced by a visible one.

use std::borrow::Cow;

/// Sanitizes text inside a line: line breaks are replaced as well.
pub fn line(text: &str) -> Cow<'_, str> {
    replaced(text, |c| match c {
        '\n' => Some(Replacement::Picture('⏎')),
        _ => replacement(c),
    })
}

/// Sanitizes text of several lines: line breaks and tabs are kept.
pub fn block(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        return Cow::Owned(block(&text.replace("\r\n", "\n")).into_owned());
    }
    replaced(text, |c| match c {
        '\n' | '\t' => None,
        _ => replacement(c),
    })
}

/// Sanitizes a message of several lines. The lines after the first are indented, so that none of them looks like
/// a line that the program writes by itself.
pub fn message(text: &str) -> String {
    let text = block(text);
    let shown = text.trim_start_matches('\n');
    let (before, shown) = text.split_at(text.len() - shown.len());
    format!("{before}{}", shown.replace('\n', "\n  "))
}

/// Escapes control characters in the way of JSON, which does not change the values. The syntax of JSON is ASCII,
/// so other characters occur only inside strings.
pub fn json(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| is_unsafe(c) && c != '\n';
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if !hidden(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(escaped)
}

/// Whether a terminal would act on the character, or would not show it.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

/// The visible replacement of a character.
enum Replacement {
    /// A picture of the control character, such as `␛`.
    Picture(char),
    /// The number of the character, such as `<U+202E>`.
    Number,
}

fn replacement(c: char) -> Option<Replacement> {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).map(Replacement::Picture),
        '\x7f' => Some(Replacement::Picture('␡')),
        _ if is_unsafe(c) => Some(Replacement::Number),
        _ => None,
    }
}

/// Whether the character is a direction control, a separator at which some terminals break lines,
/// or a character without width. The joiners U+200C and U+200D are visible: languages and emoji
/// need them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}')
}

fn replaced(text: &str, replacement: impl Fn(char) -> Option<Replacement>) -> Cow<'_, str> {
    if !text.chars().any(|c| replacement(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match replacement(c) {
            None => cleaned.push(c),
            Some(Replacement::Picture(picture)) => cleaned.push(picture),
            Some(Replacement::Number) => cleaned.push_str(&format!("<U+{:04X}>", c as u32)),
        }
    }
    Cow::Owned(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_not_copied() {
        for text in ["web-1", "Zürich 東京 👩‍💻", ""] {
            assert!(matches!(line(text), Cow::Borrowed(_)), "{text}");
            assert!(matches!(block(text), Cow::Borrowed(_)), "{text}");
        }
        assert!(matches!(block("a\n\tb"), Cow::Borrowed(_)));
    }

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(line("\x1b[31mred\x1b[0m"), "␛[31mred␛[0m");
        assert_eq!(line("\x1b]52;c;cm0gLXJm\x07"), "␛]52;c;cm0gLXJm␇");
        assert_eq!(line("\u{9b}2J"), "<U+009B>2J");
        assert_eq!(line("a\0b\x7f"), "a␀b␡");
    }

    #[test]
    fn bidi_and_invisible_characters_become_visible() {
        assert_eq!(line("ab\u{202e}dc"), "ab<U+202E>dc");
        assert_eq!(line("\u{2066}\u{2069}\u{200f}\u{61c}"), "<U+2066><U+2069><U+200F><U+061C>");
        assert_eq!(line("x\u{2028}y\u{feff}"), "x<U+2028>y<U+FEFF>");
        assert_eq!(line("\u{e0041}"), "<U+E0041>");
    }

    #[test]
    fn a_line_stays_a_line_and_a_block_keeps_its_lines() {
        assert_eq!(line("a\r\nb\tc"), "a␍⏎b␉c");
        assert_eq!(block("a\r\nb\tc\rd"), "a\nb\tc␍d");
    }

    #[test]
    fn later_lines_of_a_message_are_indented() {
        assert_eq!(message("a\nmoonfleet: b\r\nc\x1b[2J"), "a\n  moonfleet: b\n  c␛[2J");
        assert_eq!(message("\ninterrupted"), "\ninterrupted");
    }

    #[test]
    fn escaped_json_has_the_same_values() {
        let text = serde_json::Value::from("a\u{202e}\u{9b}\u{e0041}\n\x1b").to_string();
        let escaped = json(&text);
        assert!(!escaped.chars().any(is_unsafe), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), "a\u{202e}\u{9b}\u{e0041}\n\x1b");
        assert!(matches!(json("{\"a\": \"é\"}\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn every_unsafe_character_is_replaced() {
        let all: String = (0..=0x10FFFF).filter_map(char::from_u32).collect();
        assert!(!line(&all).chars().any(is_unsafe));
        assert!(!block(&all).chars().any(|c| is_unsafe(c) && c != '\n' && c != '\t'));
    }
}
