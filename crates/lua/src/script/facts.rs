//! Reads the header of a script without running the script: only the code that creates the header
//! runs, in a machine that has only the libraries for strings, tables and mathematics.

use mlua::chunk::ChunkMode;
use mlua::{HookTriggers, Lua, LuaOptions, Result, StdLib, Value};
use moonfleet_bindings::Risk;
use moonfleet_core::Failure;
use serde::{Deserialize, Serialize};

use super::argument::to_word;
use super::{Argument, Header, declares, global, header, usage};

/// A header as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeaderFacts {
    pub summary: String,
    pub risk: Risk,
    /// The services that are globals of the script, in addition to those that every script has.
    pub services: Vec<String>,
    pub args: Vec<Argument>,
    /// The names of the findings that the script can report, sorted.
    pub findings: Vec<String>,
    /// The columns that differ from run to run although nothing has changed.
    pub volatile: Vec<String>,
    /// The arguments of the example as words of the command line.
    pub example: Option<Vec<String>>,
}

/// The maximum number of instructions: more than a header needs, and few enough not to be noticed.
const MAX_INSTRUCTIONS: u32 = 5_000_000;
/// The memory limit in bytes.
const MEMORY_LIMIT: usize = 64 << 20;

/// Returns the header of a script; none if it has no header. A wrong header is an error. With `words`, checks that
/// the script accepts them as arguments. Evaluates the header in this process: it can take as long as it likes.
pub fn read_header(source: &[u8], words: Option<&[String]>) -> std::result::Result<Option<HeaderFacts>, Failure> {
    let usage = |e: mlua::Error| Failure::usage(crate::failure::message_of(&e));
    if !declares(source) {
        return Ok(None);
    }
    let Some((lua, header)) = evaluate(source).map_err(usage)? else { return Ok(None) };
    if let Some(words) = words {
        header.parse(&lua, words)?;
    }
    HeaderFacts::from_header(&header).map(Some).map_err(usage)
}

/// Evaluates the header of a script. Returns it with its machine, which owns its values.
fn evaluate(source: &[u8]) -> Result<Option<(Lua, Header)>> {
    let lua = Lua::new_with(StdLib::STRING | StdLib::TABLE | StdLib::MATH, LuaOptions::new())?;
    lua.set_memory_limit(MEMORY_LIMIT)?;
    lua.set_hook(HookTriggers::new().every_nth_instruction(MAX_INSTRUCTIONS), |_, _| {
        Err(mlua::Error::runtime("the script runs too much code before its header; move that code into `run`"))
    })?;
    lua.globals().set("script", global(&lua)?)?;
    lua.load(include_str!("inert.lua")).exec()?;
    let source = crate::host::without_preamble(source);
    let result: Value = lua.load(source).set_name("=header").set_mode(ChunkMode::Text).eval()?;
    let header = header(&lua, Some(&result))?;
    Ok(header.map(|header| (lua, header)))
}

impl HeaderFacts {
    /// Returns the data of a header. Lua's tables have no order, so the words of the example are sorted.
    pub fn from_header(header: &Header) -> Result<Self> {
        let example = header.example.as_ref().map(|example| -> Result<Vec<String>> {
            let mut words = Vec::new();
            example.for_each(|name: String, value: Value| {
                words.push(match value {
                    Value::Boolean(true) => format!("--{name}"),
                    value => format!("--{name}={}", to_word(&value)),
                });
                Ok(())
            })?;
            words.sort();
            Ok(words)
        });
        let Header { summary, risk, services, args, findings, volatile, .. } = header;
        Ok(HeaderFacts {
            summary: summary.clone(),
            risk: *risk,
            services: services.clone(),
            args: args.clone(),
            findings: findings.clone(),
            volatile: volatile.clone(),
            example: example.transpose()?,
        })
    }

    /// Returns the name of a field in which another header differs; `None` if they are the same.
    pub fn difference(&self, other: &HeaderFacts) -> Option<&'static str> {
        let differences = [
            ("risk", self.risk != other.risk),
            ("services", self.services != other.services),
            ("args", self.args != other.args),
            ("findings", self.findings != other.findings),
            ("volatile", self.volatile != other.volatile),
            ("summary", self.summary != other.summary),
            ("example", self.example != other.example),
        ];
        differences.into_iter().find(|(_, differs)| *differs).map(|(field, _)| field)
    }

    /// Returns the argument of this name; `-` and `_` are the same.
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        let name = name.replace('-', "_");
        self.args.iter().find(|argument| argument.name == name)
    }

    pub fn help(&self, name: &str) -> String {
        usage(&self.summary, self.risk, &self.services, &self.args, &self.findings, name)
    }

    /// Returns the command that runs the example in the sandbox; none if there is no example.
    pub fn command(&self, name: &str) -> Option<String> {
        let words = self.example.as_ref()?.iter().map(|word| match word.split_once('=') {
            Some((argument, value)) => format!(" {argument} {}", quoted(value)),
            None => format!(" {word}"),
        });
        Some(format!("moonfleet --sandbox run {name}{}", words.collect::<String>()))
    }
}

/// Quotes a word for a shell, if needed.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ",.:/=@_-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |quoted| quoted.into_owned())
}
