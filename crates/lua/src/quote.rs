//! `sh` and `powershell` in Lua: quote values as words of a command, so that the program that receives
//! them gets every byte unchanged. Values that cannot be passed are refused.
//!
//! Systems Manager replaces `{{ssm:name}}` in commands with the value of a parameter, before a shell
//! sees them, so no quoted word contains two adjacent braces.

use mlua::{Error, Lua, LuaString, Result, Table, Value};

use super::options::Options;

pub(crate) fn sh(lua: &Lua) -> Result<Table> {
    let sh = lua.create_table()?;
    sh.raw_set("quote", lua.create_function(|_, value| quote_sh(&text("sh.quote", value)?))?)?;
    Ok(sh)
}

pub(crate) fn powershell(lua: &Lua) -> Result<Table> {
    let powershell = lua.create_table()?;
    let quote = |_: &Lua, (value, options): (Value, Value)| {
        let text = text("powershell.quote", value)?;
        let mut options = Options::read("powershell.quote", options)?;
        let native = options.boolean("native")?.unwrap_or(false);
        options.finish()?;
        if native {
            check_native(&text)?;
        }
        quote_powershell(&text)
    };
    powershell.raw_set("quote", lua.create_function(quote)?)?;
    Ok(powershell)
}

fn text(function: &str, value: Value) -> Result<String> {
    let text: LuaString = match value {
        Value::String(text) => text,
        Value::Integer(number) => return Ok(number.to_string()),
        other => return Err(refused(function, &format!("expected text or an integer, got {}", other.type_name()))),
    };
    let text = text.to_str().map_err(|_| refused(function, "the text is not UTF-8, which Systems Manager requires"))?;
    match text.contains('\0') {
        true => Err(refused(function, "a command cannot contain a NUL byte")),
        false => Ok(text.to_owned()),
    }
}

fn refused(function: &str, why: &str) -> Error {
    Error::external(format!("{function}: {why}"))
}

/// Quotes with single quotes, between which only a single quote is special.
fn quote_sh(text: &str) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Ok(format!("'{}'", separate_braces(&text.replace('\'', r"'\''"), "''")))
}

/// PowerShell treats typographic quotes as quotes too.
const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

fn quote_powershell(text: &str) -> Result<String> {
    let doubled: String =
        text.chars().flat_map(|c| std::iter::repeat_n(c, 1 + usize::from(QUOTES.contains(&c)))).collect();
    let quoted = format!("'{}'", separate_braces(&doubled, "'+'"));
    // A concatenation is one argument only in parentheses.
    Ok(if text.contains("{{") { format!("({quoted})") } else { quoted })
}

/// Inserts a separator between adjacent opening braces.
fn separate_braces(text: &str, separator: &str) -> String {
    let mut separated = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if c == '{' && separated.ends_with('{') {
            separated += separator;
        }
        separated.push(c);
    }
    separated
}

/// Refuses text that Windows PowerShell would change, because it does not escape arguments of programs.
fn check_native(text: &str) -> Result<()> {
    let refused = |why| Err(refused("powershell.quote", why));
    if text.is_empty() {
        return refused("Windows PowerShell does not pass empty arguments to programs");
    }
    if text.contains('"') {
        return refused("Windows PowerShell changes arguments of programs that contain a double quote");
    }
    if text.ends_with('\\') && text.contains(char::is_whitespace) {
        return refused("Windows PowerShell breaks arguments of programs that contain spaces and end in a backslash");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const HOSTILE: [&str; 16] = [
        "",
        "plain",
        "two words",
        "it's",
        "''",
        "\"double\"",
        "$(reboot) `reboot` $HOME ${x}",
        "a\nb\n",
        "tab\tand\rreturn",
        "{{ssm:secret}} {{ ssm-secure:secret }} {{{{x}}}}",
        "'{{ssm:x}}'",
        "-rf",
        "*?[a]~!#&|;<>()",
        "back\\slash\\",
        "ä ’ ‘ ‚ ‛ 🌙",
        "\u{1b}[2J",
    ];

    /// Returns the argument that a shell passes on for a word.
    fn through_sh(word: &str) -> Vec<u8> {
        let ran = Command::new("sh").args(["-c", &format!("printf %s {word}")]).output().unwrap();
        assert!(ran.status.success(), "{word}: {}", String::from_utf8_lossy(&ran.stderr));
        ran.stdout
    }

    #[test]
    fn sh_passes_every_byte_unchanged() {
        for text in HOSTILE {
            let word = quote_sh(text).unwrap();
            assert_eq!(through_sh(&word), text.as_bytes(), "{word}");
            assert!(!word.contains("{{"), "{word}");
        }
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..300 {
            let text: String = (0..rng.usize(..40)).map(|_| *rng.choice(&ALPHABET).unwrap()).collect();
            assert_eq!(through_sh(&quote_sh(&text).unwrap()), text.as_bytes(), "{text:?}");
        }
    }

    const ALPHABET: [char; 20] =
        ['\'', '"', '\\', '$', '(', ')', '{', '}', '`', '\n', ' ', '\t', '!', '*', 'a', '-', '=', '#', '’', '~'];

    /// Applies PowerShell's rule for single quotes: any of them ends the text, two of them are one.
    fn through_powershell(word: &str) -> String {
        let word = word.strip_prefix('(').and_then(|word| word.strip_suffix(')')).unwrap_or(word);
        let mut text = String::new();
        let mut letters = word.chars().peekable();
        while let Some(first) = letters.next() {
            assert_eq!(first, '\'', "a text begins with a quote: {word}");
            loop {
                match letters.next().expect("a text ends with a quote") {
                    c if !QUOTES.contains(&c) => text.push(c),
                    c if letters.peek().is_some_and(|next| QUOTES.contains(next)) => {
                        assert_eq!(letters.next(), Some(c), "a doubled quote: {word}");
                        text.push(c);
                    }
                    _ => break,
                }
            }
            if letters.peek().is_some() {
                assert_eq!(letters.next(), Some('+'), "{word}");
            }
        }
        text
    }

    #[test]
    fn powershell_passes_every_character_unchanged() {
        for text in HOSTILE {
            let word = quote_powershell(text).unwrap();
            assert_eq!(through_powershell(&word), text, "{word}");
            assert!(!word.contains("{{"), "{word}");
        }
        assert_eq!(quote_powershell("it's").unwrap(), "'it''s'");
        assert_eq!(quote_powershell("{{ssm:x}}").unwrap(), "('{'+'{ssm:x}}')");
    }

    #[test]
    fn text_that_cannot_be_passed_is_refused() {
        let lua = Lua::new();
        lua.globals().set("sh", sh(&lua).unwrap()).unwrap();
        lua.globals().set("powershell", powershell(&lua).unwrap()).unwrap();
        let failed = |code: &str| lua.load(code).exec().unwrap_err().to_string();
        assert!(failed("sh.quote('a\\0b')").contains("NUL"));
        assert!(failed("sh.quote('\\xff')").contains("not UTF-8"));
        assert!(failed("sh.quote(nil)").contains("got nil"));
        assert!(failed("sh.quote({})").contains("got table"));
        assert!(failed("powershell.quote('a\"b', {native=true})").contains("double quote"));
        assert!(failed("powershell.quote('', {native=true})").contains("empty"));
        assert!(failed("powershell.quote('a b\\\\', {native=true})").contains("backslash"));
        assert!(failed("powershell.quote('a', {nativ=true})").contains("did you mean `native`?"));
        lua.load("assert(sh.quote(7) == '7' and powershell.quote('a\"b') == \"'a\\\"b'\")").exec().unwrap();
    }
}
