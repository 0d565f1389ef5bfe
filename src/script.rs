//! A script's header: what it is for, what it may do, what it takes. Listing, help,
//! argument parsing, the guard and the tests read this one table.

use std::fmt::Write;

use mlua::chunk::ChunkMode;
use mlua::{Error, Function, Lua, LuaOptions, Result, StdLib, Table, Value};
use moonfleet_bindings::{Risk, suggest};

use crate::lua::Trouble;
use crate::lua::options::Options;

/// Marks what `script` returned, so that a table of a plain script's is no header.
const HEADERS: &str = "moonfleet.headers";

pub struct Header {
    pub summary: String,
    pub risk: Risk,
    pub args: Vec<Argument>,
    /// Arguments with which the tests run it against the sandbox.
    pub example: Option<Table>,
    pub run: Function,
}

pub struct Argument {
    pub name: String,
    kind: Kind,
    default: Value,
    required: bool,
    pub help: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    /// Words between commas.
    List,
}

const KINDS: [(&str, Kind); 5] = [
    ("string", Kind::String),
    ("integer", Kind::Integer),
    ("number", Kind::Number),
    ("boolean", Kind::Boolean),
    ("list", Kind::List),
];

impl Kind {
    fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("string", |(name, _)| name)
    }
}

/// `script`: takes a header, complains about what is wrong with it, gives it back.
pub fn global(lua: &Lua) -> Result<Function> {
    lua.create_function(|lua, table: Table| {
        Header::read(&table)?;
        lua.set_app_data(Declared);
        let mark: Value = lua.named_registry_value(HEADERS)?;
        let mark = match mark {
            Value::Table(mark) => mark,
            _ => {
                let mark = lua.create_table()?;
                lua.set_named_registry_value(HEADERS, &mark)?;
                mark
            }
        };
        table.set_metatable(Some(mark))?;
        Ok(table)
    })
}

/// Whether a chunk's text ends in a header, so that nothing may change before it is known.
pub fn declares(source: &[u8]) -> bool {
    let text = String::from_utf8_lossy(source);
    text.lines().any(|line| {
        let returned = line.trim_start().strip_prefix("return").map(str::trim_start);
        returned.and_then(|rest| rest.strip_prefix("script")).is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.is_empty() || rest.starts_with(['{', '('])
        })
    })
}

/// Set once a header was made.
struct Declared;

/// Before another script, which may have none.
pub fn forget(lua: &Lua) {
    lua.remove_app_data::<Declared>();
}

/// Whether a header was made, which must then be what the chunk returns.
pub fn is_declared(lua: &Lua) -> bool {
    lua.app_data_ref::<Declared>().is_some()
}

/// The header that a chunk returned, where it returned one.
pub fn header(lua: &Lua, value: Option<&Value>) -> Result<Option<Header>> {
    let Some(Value::Table(table)) = value else { return Ok(None) };
    let mark: Value = lua.named_registry_value(HEADERS)?;
    match (mark, table.metatable()) {
        (Value::Table(mark), Some(metatable)) if mark == metatable => Header::read(table).map(Some),
        _ => Ok(None),
    }
}

/// The arguments that a script declares, read off its header alone: nothing of it is run but
/// what makes the header, without any library. None where that is not enough.
pub fn arguments_of(source: &[u8]) -> Vec<Argument> {
    let read = || -> Result<Option<Header>> {
        let lua = Lua::new_with(StdLib::STRING | StdLib::TABLE, LuaOptions::new())?;
        lua.globals().set("script", global(&lua)?)?;
        let made: Value = lua.load(source).set_mode(ChunkMode::Text).eval()?;
        header(&lua, Some(&made))
    };
    read().ok().flatten().map(|header| header.args).unwrap_or_default()
}

impl Header {
    fn read(table: &Table) -> Result<Self> {
        let mut given = Options::read("script", Value::Table(table.clone()))?;
        let summary = given.string("summary")?;
        let summary = summary.ok_or_else(|| wrong("summary", "a sentence that says what the script is for"))?;
        let risk = match given.string("risk")?.as_deref() {
            Some("read") => Risk::Read,
            Some("write") => Risk::Write,
            Some("destroy") => Risk::Destroy,
            _ => return Err(wrong("risk", "\"read\", \"write\" or \"destroy\"")),
        };
        let args = match given.value("args")? {
            Value::Nil => Vec::new(),
            Value::Table(table) => arguments(&table)?,
            _ => return Err(wrong("args", "a table of arguments by name")),
        };
        let example = match given.value("example")? {
            Value::Nil => None,
            Value::Table(table) => table.get::<Option<Table>>("args")?,
            _ => return Err(wrong("example", "{ args = { … } }")),
        };
        let Value::Function(run) = given.value("run")? else { return Err(wrong("run", "a function of the arguments")) };
        given.finish()?;
        Ok(Header { summary, risk, args, example, run })
    }

    /// `--name value`, `--name=value` or `name=value`, as a table for `run`.
    pub fn parse(&self, lua: &Lua, words: &[String]) -> std::result::Result<Table, Trouble> {
        let table = self.defaults(lua).map_err(|e| Trouble::usage(e.to_string()))?;
        let mut words = words.iter();
        let mut given = Vec::new();
        while let Some(word) = words.next() {
            let dashed = word.strip_prefix("--");
            let (name, text) = match dashed.unwrap_or(word).split_once('=') {
                Some((name, text)) => (name, Some(text.to_owned())),
                None if dashed.is_some() => (dashed.unwrap_or(word), None),
                None => {
                    return Err(Trouble::usage(format!(
                        "unexpected '{word}': arguments are named, as in --{}",
                        self.like()
                    )));
                }
            };
            let argument = self.argument(name)?;
            if given.contains(&argument.name) {
                return Err(Trouble::usage(format!("argument '{name}' is given twice")));
            }
            let text = match text {
                Some(text) => text,
                None if argument.kind == Kind::Boolean => "true".to_owned(),
                None => {
                    words.next().cloned().ok_or_else(|| Trouble::usage(format!("argument '{name}' has no value")))?
                }
            };
            let value = argument.value(lua, &text)?;
            table.raw_set(argument.name.as_str(), value).map_err(|e| Trouble::usage(e.to_string()))?;
            given.push(argument.name.clone());
        }
        let missing: Vec<_> = self
            .args
            .iter()
            .filter(|a| a.required && !given.contains(&a.name))
            .map(|a| format!("--{}", a.name))
            .collect();
        if !missing.is_empty() {
            return Err(Trouble::usage(format!("missing: {}", missing.join(", "))));
        }
        Ok(table)
    }

    /// The arguments of the example, where there is one.
    pub fn example(&self, lua: &Lua) -> Result<Option<Table>> {
        let Some(example) = &self.example else { return Ok(None) };
        let table = self.defaults(lua)?;
        example.for_each(|name: String, value: Value| table.raw_set(name, value))?;
        Ok(Some(table))
    }

    fn defaults(&self, lua: &Lua) -> Result<Table> {
        let table = lua.create_table()?;
        for argument in &self.args {
            table.raw_set(argument.name.as_str(), argument.default.clone())?;
        }
        Ok(table)
    }

    fn argument(&self, name: &str) -> std::result::Result<&Argument, Trouble> {
        let name = &name.replace('-', "_");
        self.args.iter().find(|a| a.name == *name).ok_or_else(|| {
            let names = || self.args.iter().map(|a| a.name.as_str());
            let hint = match suggest::nearest(name, names()) {
                Some(nearest) => format!("; did you mean '{nearest}'?"),
                None if self.args.is_empty() => "; the script takes none".to_owned(),
                None => format!("; known are {}", names().collect::<Vec<_>>().join(", ")),
            };
            Trouble::usage(format!("unknown argument '{name}'{hint}"))
        })
    }

    fn like(&self) -> String {
        self.args.first().map_or("name value".to_owned(), |a| format!("{} …", a.name))
    }

    /// What `moonfleet run NAME --help` prints.
    pub fn help(&self, name: &str) -> String {
        let mut text = format!("{}\n\nUsage: moonfleet run {name}", self.summary);
        if !self.args.is_empty() {
            text += " [--ARGUMENT VALUE …]\n\nArguments:\n";
        } else {
            text += "\n";
        }
        let titles: Vec<String> = self.args.iter().map(|a| format!("--{} <{}>", a.name, a.kind.name())).collect();
        let width = titles.iter().map(String::len).max().unwrap_or_default();
        for (argument, title) in self.args.iter().zip(titles) {
            let note = match (&argument.default, argument.required) {
                (_, true) => " (required)".to_owned(),
                (Value::Nil, false) => String::new(),
                (default, false) => format!(" (default: {})", shown(default)),
            };
            writeln!(text, "  {title:width$}  {}{note}", argument.help).expect("writing to a string cannot fail");
        }
        writeln!(text, "\nRisk: {}", self.risk).expect("writing to a string cannot fail");
        text
    }
}

fn wrong(field: &str, expected: &str) -> Error {
    Error::runtime(format!("script: {field} must be {expected}"))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Table(list) => list.sequence_values::<String>().filter_map(Result::ok).collect::<Vec<_>>().join(","),
        other => other.to_string().unwrap_or_default(),
    }
}

fn arguments(table: &Table) -> Result<Vec<Argument>> {
    let mut arguments = Vec::new();
    table.for_each(|name: String, spec: Value| {
        let Value::Table(spec) = spec else {
            return Err(wrong(&format!("args.{name}"), "a table such as { \"string\", help = \"…\" }"));
        };
        arguments.push(Argument::read(name, &spec)?);
        Ok(())
    })?;
    // Lua has no order of its own to keep.
    arguments.sort_by(|a, b| b.required.cmp(&a.required).then_with(|| a.name.cmp(&b.name)));
    Ok(arguments)
}

impl Argument {
    fn read(name: String, spec: &Table) -> Result<Self> {
        let field = format!("args.{name}");
        let kind: Option<String> = spec.get(1)?;
        let kind = kind.and_then(|kind| KINDS.iter().find(|(known, _)| *known == kind));
        let (_, kind) = kind.ok_or_else(|| {
            let kinds: Vec<_> = KINDS.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            wrong(&format!("{field}[1]"), &format!("one of {}", kinds.join(", ")))
        })?;
        for key in spec.clone().pairs::<Value, Value>() {
            if let (Value::String(key), _) = key?
                && !["default", "help", "required"].contains(&&*key.to_str()?)
            {
                return Err(Error::runtime(format!("script: {field} has the unknown field '{}'", key.to_str()?)));
            }
        }
        let help: Option<String> = spec.get("help")?;
        Ok(Argument {
            kind: *kind,
            default: spec.get("default")?,
            required: spec.get::<Option<bool>>("required")?.unwrap_or(false),
            help: help.ok_or_else(|| wrong(&format!("{field}.help"), "a sentence"))?,
            name,
        })
    }

    fn value(&self, lua: &Lua, text: &str) -> std::result::Result<Value, Trouble> {
        let value = match self.kind {
            Kind::String => lua.create_string(text).ok().map(Value::String),
            Kind::Integer => text.parse().ok().map(Value::Integer),
            Kind::Number => text.parse().ok().map(Value::Number),
            Kind::Boolean => text.parse().ok().map(Value::Boolean),
            Kind::List => {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                lua.create_sequence_from(words).ok().map(Value::Table)
            }
        };
        value.ok_or_else(|| {
            Trouble::usage(format!("argument '{}': expected {}, got '{text}'", self.name, self.kind.name()))
        })
    }
}
