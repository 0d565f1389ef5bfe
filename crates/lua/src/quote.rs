//! `sh` and `powershell` in Lua: values as words of a command, so that the program at the
//! other end gets them byte for byte, whatever is in them. What cannot get there is refused.
//!
//! Systems Manager looks into commands for `{{ssm:name}}` before any shell does, and puts a
//! parameter's value there; no word that is made here has two braces beside each other.

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
        other => return Err(refused(function, &format!("expected a text or an integer, got a {}", other.type_name()))),
    };
    let text =
        text.to_str().map_err(|_| refused(function, "the text is not UTF-8, and Systems Manager takes no other"))?;
    match text.contains('\0') {
        true => Err(refused(function, "no command can have a NUL byte in it")),
        false => Ok(text.to_owned()),
    }
}

fn refused(function: &str, why: &str) -> Error {
    Error::external(format!("{function}: {why}"))
}

/// Nothing means anything between single quotes but the next one.
fn quote_sh(text: &str) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Ok(format!("'{}'", apart(&text.replace('\'', r"'\''"), "''")))
}

/// PowerShell takes typographic quotes for quotes.
const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

fn quote_powershell(text: &str) -> Result<String> {
    let doubled: String =
        text.chars().flat_map(|c| std::iter::repeat_n(c, 1 + usize::from(QUOTES.contains(&c)))).collect();
    let quoted = format!("'{}'", apart(&doubled, "'+'"));
    // A sum is one argument only in brackets.
    Ok(if text.contains("{{") { format!("({quoted})") } else { quoted })
}

/// Puts this between braces that stand beside each other.
fn apart(text: &str, between: &str) -> String {
    let mut apart = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if c == '{' && apart.ends_with('{') {
            apart += between;
        }
        apart.push(c);
    }
    apart
}

/// Windows PowerShell does not escape what it hands to a program.
fn check_native(text: &str) -> Result<()> {
    let refused = |why| Err(refused("powershell.quote", why));
    if text.is_empty() {
        return refused("Windows PowerShell hands no empty argument to a program");
    }
    if text.contains('"') {
        return refused("Windows PowerShell hands no argument with a double quote to a program as it is");
    }
    if text.ends_with('\\') && text.contains(char::is_whitespace) {
        return refused("Windows PowerShell breaks an argument with spaces that ends in a backslash");
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

    /// What a shell makes of a word.
    fn through_sh(word: &str) -> Vec<u8> {
        let ran = Command::new("sh").args(["-c", &format!("printf %s {word}")]).output().unwrap();
        assert!(ran.status.success(), "{word}: {}", String::from_utf8_lossy(&ran.stderr));
        ran.stdout
    }

    #[test]
    fn a_shell_hands_on_every_byte() {
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

    /// PowerShell's rule for single quotes: any of them ends the text, two of them are one.
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
    fn powershell_hands_on_every_character() {
        for text in HOSTILE {
            let word = quote_powershell(text).unwrap();
            assert_eq!(through_powershell(&word), text, "{word}");
            assert!(!word.contains("{{"), "{word}");
        }
        assert_eq!(quote_powershell("it's").unwrap(), "'it''s'");
        assert_eq!(quote_powershell("{{ssm:x}}").unwrap(), "('{'+'{ssm:x}}')");
    }

    #[test]
    fn what_would_not_get_there_is_refused() {
        let lua = Lua::new();
        lua.globals().set("sh", sh(&lua).unwrap()).unwrap();
        lua.globals().set("powershell", powershell(&lua).unwrap()).unwrap();
        let failed = |code: &str| lua.load(code).exec().unwrap_err().to_string();
        assert!(failed("sh.quote('a\\0b')").contains("NUL"));
        assert!(failed("sh.quote('\\xff')").contains("not UTF-8"));
        assert!(failed("sh.quote(nil)").contains("got a nil"));
        assert!(failed("sh.quote({})").contains("got a table"));
        assert!(failed("powershell.quote('a\"b', {native=true})").contains("double quote"));
        assert!(failed("powershell.quote('', {native=true})").contains("empty"));
        assert!(failed("powershell.quote('a b\\\\', {native=true})").contains("backslash"));
        assert!(failed("powershell.quote('a', {nativ=true})").contains("did you mean `native`?"));
        lua.load("assert(sh.quote(7) == '7' and powershell.quote('a\"b') == \"'a\\\"b'\")").exec().unwrap();
    }
}
