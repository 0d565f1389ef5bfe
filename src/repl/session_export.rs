//! `.save`: writes the lines of a session as a script.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use moonfleet_core::Failure;
use moonfleet_core::known_secrets::is_known_in;
use moonfleet_lua::library;
use moonfleet_lua::tokens::{TokenKind, tokens};
use moonfleet_lua::vm::Vm;
use moonfleet_report::write_atomically;

use super::locals::keep_locals;
use crate::assets;

/// A line that ran without an error.
pub(super) enum Accepted {
    Statement(String),
    /// An expression. A function call is also a valid statement.
    Expression {
        text: String,
        is_statement: bool,
    },
}

impl Accepted {
    pub(super) fn new(vm: &Vm, text: &str, is_expression: bool) -> Self {
        let text = text.trim().to_owned();
        if !is_expression {
            return Accepted::Statement(text);
        }
        // A chunk that begins with `#` would lose its first line, as `#!` of a script does.
        let chunk = format!(" {text}");
        Accepted::Expression { is_statement: vm.load(chunk.as_bytes(), "=prompt").is_ok(), text }
    }

    fn text(&self) -> &str {
        match self {
            Accepted::Statement(text) | Accepted::Expression { text, .. } => text,
        }
    }

    /// Returns the line as a statement. The prompt assigns the value of an expression to `_`, which the script must
    /// repeat if a line uses `_`.
    fn statement(&self, uses_last: bool) -> String {
        match self {
            Accepted::Expression { text, is_statement } if uses_last || !is_statement => format!("_ = {text}"),
            other => other.text().to_owned(),
        }
    }

    fn uses_last(&self) -> bool {
        tokens(self.text()).into_iter().any(|token| token.kind == TokenKind::Name && token.text == "_")
    }
}

/// Returns `require` lines for the library's modules, which are globals only at the prompt.
fn required(lines: &str) -> String {
    let all = tokens(lines);
    let is_symbol = |at: Option<usize>, symbols: &[&str]| {
        at.and_then(|at| all.get(at)).is_some_and(|token| symbols.contains(&token.text))
    };
    let names = all.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Name);
    let (mut used, mut own) = (BTreeSet::new(), HashSet::new());
    for (at, token) in names {
        if is_symbol(at.checked_sub(1), &[".", ":"]) {
            continue;
        }
        if is_symbol(Some(at + 1), &["="]) || is_symbol(at.checked_sub(1), &["local", ","]) {
            own.insert(token.text);
        } else if is_symbol(Some(at + 1), &["."]) {
            used.insert(token.text);
        }
    }
    let is_module = |name: &&&str| !own.contains(**name) && !assets::is_built_in(name) && library::is_module(name);
    used.iter().filter(is_module).map(|name| format!("local {name} = require \"{name}\"\n")).collect()
}

/// Writes the script. Returns the number of lines that were left out because they contain secrets.
pub(super) fn save(vm: &Vm, lines: &[Accepted], file: &Path) -> Result<usize, Failure> {
    let (safe, secret): (Vec<_>, Vec<_>) = lines.iter().partition(|line| !is_known_in(line.text()));
    let uses_last = safe.iter().any(|line| line.uses_last());
    let mut declared = HashSet::new();
    let lines: String = safe.iter().map(|line| keep_locals(&line.statement(uses_last), &mut declared) + "\n").collect();
    let script = required(&lines) + &lines;
    vm.load(script.as_bytes(), &format!("@{}", file.display())).map_err(|failure| {
        Failure::failed(format!("nothing was written, because the lines are not a valid script: {failure}"))
    })?;
    write_atomically(file, |out| out.write_all(script.as_bytes())).map_err(|e| Failure::failed(e.to_string()))?;
    Ok(secret.len())
}
