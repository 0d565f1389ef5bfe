//! Classifies a line at the prompt: Lua, or something that is never valid Lua.

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input<'a> {
    Nothing,
    Leave,
    /// `.name arguments`
    Command(&'a str, &'a str),
    /// `!command`
    Shell(&'a str),
    /// `?topic`, `topic?`
    Help(&'a str),
    /// Lua code. A leading `=` is allowed, as at Lua's own prompt.
    Lua(&'a str),
}

impl<'a> Input<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let line = text.trim();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_.:*".contains(c);
        match line.chars().next() {
            None => Input::Nothing,
            Some('!') => Input::Shell(line[1..].trim()),
            Some('?') => Input::Help(line[1..].trim()),
            // `.5` is a number.
            Some('.') if !line[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                Input::Command(&name[1..], rest.trim())
            }
            _ if matches!(line, "exit" | "quit") => Input::Leave,
            _ => match line.strip_suffix('?').map(str::trim_end) {
                Some(topic) if !topic.is_empty() && topic.chars().all(is_name) => Input::Help(topic),
                _ => Input::Lua(line.strip_prefix('=').unwrap_or(text)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_no_lua_are_recognized() {
        for (text, input) in [
            ("  ", Input::Nothing),
            (" quit ", Input::Leave),
            (".watch 5 1 + 1", Input::Command("watch", "5 1 + 1")),
            (".", Input::Command("", "")),
            (".5 + 1", Input::Lua(".5 + 1")),
            ("! ls -l ", Input::Shell("ls -l")),
            ("?ec2.run_instances", Input::Help("ec2.run_instances")),
            ("*vpc*?", Input::Help("*vpc*")),
            ("?", Input::Help("")),
            ("f('a?", Input::Lua("f('a?")),
            ("= 1 + 1", Input::Lua(" 1 + 1")),
            (" x == 1", Input::Lua(" x == 1")),
            ("exit()", Input::Lua("exit()")),
        ] {
            assert_eq!(Input::parse(text), input, "{text}");
        }
    }
}
