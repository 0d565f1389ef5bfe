//! Hides the values of arguments that a script's header declares with `secret = true`.

use mlua::Lua;
use moonfleet_core::Secret;

use super::Argument;

/// The names of the secret arguments of the script that runs.
struct SecretNames(Vec<String>);

pub(super) fn declare(lua: &Lua, arguments: &[Argument]) {
    let secret = arguments.iter().filter(|argument| argument.secret);
    lua.set_app_data(SecretNames(secret.map(|argument| argument.name.clone()).collect()));
}

/// Returns the words of a command line with a placeholder for each secret: `--token=…`, `token=…` and the word after
/// `--token`. Known secrets are redacted everywhere; this hides those that are too short for that.
pub(crate) fn hide(lua: &Lua, words: Vec<String>) -> Vec<String> {
    match lua.app_data_ref::<SecretNames>() {
        Some(names) => hidden(&names.0, words),
        None => words,
    }
}

fn hidden(names: &[String], words: Vec<String>) -> Vec<String> {
    let is_secret = |name: &str| names.contains(&name.replace('-', "_"));
    let mut is_value = false;
    let hide = |word: String| {
        if std::mem::take(&mut is_value) {
            return Secret::SHOWN.to_owned();
        }
        let dashed = word.strip_prefix("--");
        match dashed.unwrap_or(&word).split_once('=') {
            Some((name, value)) if is_secret(name) => {
                format!("{}{}", &word[..word.len() - value.len()], Secret::SHOWN)
            }
            None if dashed.is_some_and(is_secret) => {
                is_value = true;
                word
            }
            _ => word,
        }
    };
    words.into_iter().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_hidden_wherever_it_stands() {
        let names = ["api_key".to_owned()];
        let shown = |line: &str| hidden(&names, line.split(' ').map(str::to_owned).collect()).join(" ");
        assert_eq!(shown("run x --api-key=a=b --n 1"), "run x --api-key=<secret> --n 1");
        assert_eq!(shown("run x --api_key abc --n 1"), "run x --api_key <secret> --n 1");
        assert_eq!(shown("run x api_key=abc"), "run x api_key=<secret>");
        assert_eq!(shown("run api_key --api x --api-key"), "run api_key --api x --api-key");
    }
}
