//! What a script's text declares, found out without running the script: only what makes the
//! header runs, in a machine that has nothing but text and tables.

use mlua::chunk::ChunkMode;
use mlua::{HookTriggers, Lua, LuaOptions, Result, StdLib, Value};
use moonfleet_bindings::Risk;
use moonfleet_core::Failure;

use super::argument::typed;
use super::{Argument, Header, declares, global, header, usage};

/// A header as data. Of its arguments, the defaults are gone with the machine.
pub struct HeaderFacts {
    pub summary: String,
    pub risk: Risk,
    pub args: Vec<Argument>,
    /// The example's arguments as somebody would type them.
    pub example: Option<Vec<String>>,
}

/// More than any header needs, and less than anybody waits for.
const INSTRUCTIONS: u32 = 5_000_000;
const MEMORY: usize = 64 << 20;

/// None where the script has no header; an error where it has one that is wrong.
pub fn facts(source: &[u8]) -> std::result::Result<Option<HeaderFacts>, Failure> {
    if !declares(source) {
        return Ok(None);
    }
    read(source).map_err(|e| Failure::usage(crate::failure::message_of(&e)))
}

/// The same, where the script takes these words; an error where it does not.
pub fn facts_with(source: &[u8], words: &[String]) -> std::result::Result<Option<HeaderFacts>, Failure> {
    let usage = |e: mlua::Error| Failure::usage(crate::failure::message_of(&e));
    if !declares(source) {
        return Ok(None);
    }
    let Some((lua, header)) = alone(source).map_err(usage)? else { return Ok(None) };
    header.parse(&lua, words)?;
    HeaderFacts::from_header(header).map(Some).map_err(usage)
}

fn read(source: &[u8]) -> Result<Option<HeaderFacts>> {
    alone(source)?.map(|(_, header)| HeaderFacts::from_header(header)).transpose()
}

/// A script's header, and the machine that has it.
fn alone(source: &[u8]) -> Result<Option<(Lua, Header)>> {
    let lua = Lua::new_with(StdLib::STRING | StdLib::TABLE | StdLib::MATH, LuaOptions::new())?;
    lua.set_memory_limit(MEMORY)?;
    lua.set_hook(HookTriggers::new().every_nth_instruction(INSTRUCTIONS), |_, _| {
        Err(mlua::Error::runtime("the script computes before it declares its header"))
    })?;
    lua.globals().set("script", global(&lua)?)?;
    // Modules and services that a script names before its header are there, and do nothing.
    lua.load(
        "local inert = setmetatable({}, {})
         local meta = getmetatable(inert)
         meta.__index = function() return inert end
         meta.__call = meta.__index
         require = meta.__index
         setmetatable(_G, { __index = meta.__index })",
    )
    .exec()?;
    let source = crate::host::without_shebang(source);
    let made: Value = lua.load(source).set_name("=script").set_mode(ChunkMode::Text).eval()?;
    let header = header(&lua, Some(&made))?;
    Ok(header.map(|header| (lua, header)))
}

impl HeaderFacts {
    fn from_header(header: Header) -> Result<Self> {
        let example = header.example.as_ref().map(|example| -> Result<Vec<String>> {
            let mut words = Vec::new();
            example.for_each(|name: String, value: Value| {
                words.push(match value {
                    Value::Boolean(true) => format!("--{name}"),
                    value => format!("--{name}={}", typed(&value)),
                });
                Ok(())
            })?;
            words.sort();
            Ok(words)
        });
        let Header { summary, risk, args, .. } = header;
        Ok(HeaderFacts { summary, risk, args, example: example.transpose()? })
    }

    /// Whether an argument of this name is declared, however its words are joined.
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        let name = name.replace('-', "_");
        self.args.iter().find(|argument| argument.name == name)
    }

    pub fn help(&self, name: &str) -> String {
        usage(&self.summary, self.risk, &self.args, name)
    }

    /// The command that shows its example in the sandbox.
    pub fn command(&self, name: &str) -> Option<String> {
        let words = self.example.as_ref()?.iter().map(|word| match word.split_once('=') {
            Some((argument, value)) => format!(" {argument} {}", quoted(value)),
            None => format!(" {word}"),
        });
        Some(format!("moonfleet --sandbox run {name}{}", words.collect::<String>()))
    }
}

/// A word of a shell's; what nobody would quote stays as it is.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ",.:/=@_-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |quoted| quoted.into_owned())
}
