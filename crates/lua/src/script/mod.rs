//! The header of a script: its summary, its risk and its arguments. The list of scripts, help,
//! argument parsing, the guard and the tests all read this table.

mod argument;
mod declared_services;
mod facts;
pub(crate) mod secret_arguments;

use std::fmt::Write;

use mlua::{Error, Function, Lua, Result, Table, Value};
use moonfleet_bindings::Risk;
use moonfleet_core::suggest;
use moonfleet_core::{Failure, plural};

use crate::convert::from_value;
use crate::options::Options;
use crate::tokens::{Token, TokenKind, tokens};

pub use argument::Argument;
pub use declared_services::declare_services;
pub(crate) use declared_services::is_declared_service;
pub use facts::{HeaderFacts, read_header};

/// The metatable of headers in the registry of Lua, which distinguishes headers from other tables.
const HEADERS: &str = "moonfleet.headers";

pub struct Header {
    pub summary: String,
    pub risk: Risk,
    /// The services that are globals of the script, in addition to those that every script has.
    pub services: Vec<String>,
    pub args: Vec<Argument>,
    /// The names of the findings that the script can report, sorted.
    pub findings: Vec<String>,
    /// The columns that differ from run to run although nothing has changed.
    pub volatile: Vec<String>,
    /// The arguments with which the tests run the script in the sandbox.
    pub example: Option<Table>,
    pub run: Function,
}

/// Returns the global `script`, which checks a header and returns it.
pub fn global(lua: &Lua) -> Result<Function> {
    lua.create_function(|lua, table: Table| {
        let header = Header::read(lua, &table)?;
        lua.set_app_data(HeaderCreated);
        declare_services(lua, &header.services);
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

/// Returns whether the text of a chunk declares a header: `return script { … }`. Such a chunk may not change anything
/// before the header is known.
pub fn declares(source: &[u8]) -> bool {
    let text = String::from_utf8_lossy(crate::host::without_preamble(source));
    // Most sources have no such words, and are not divided into tokens.
    if !(text.contains("return") && text.contains("script")) {
        return false;
    }
    let tokens = tokens(&text);
    let code: Vec<&Token<'_>> = tokens.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    code.windows(3).any(|code| {
        let [first, second, third] = code else { return false };
        first.is("return") && second.text == "script" && (third.is("{") || third.is("("))
    })
}

/// Set when a header was created.
struct HeaderCreated;

/// Forgets the header of a script before another one, which may have none.
pub fn forget_header(lua: &Lua) -> Result<()> {
    lua.remove_app_data::<HeaderCreated>();
    declared_services::forget(lua)
}

/// Returns whether a header was created. The chunk must then return it.
pub fn is_declared(lua: &Lua) -> bool {
    lua.app_data_ref::<HeaderCreated>().is_some()
}

/// Returns the header in the result of a chunk; none if it is another value.
pub fn header(lua: &Lua, value: Option<&Value>) -> Result<Option<Header>> {
    let Some(Value::Table(table)) = value else { return Ok(None) };
    let mark: Value = lua.named_registry_value(HEADERS)?;
    match (mark, table.metatable()) {
        (Value::Table(mark), Some(metatable)) if mark == metatable => Header::read(lua, table).map(Some),
        _ => Ok(None),
    }
}

impl Header {
    fn read(lua: &Lua, table: &Table) -> Result<Self> {
        let mut options = Options::read("script", Value::Table(table.clone()))?;
        let summary = options.string("summary")?;
        let summary = summary.ok_or_else(|| wrong("summary", "a sentence that says what the script does"))?;
        let risk = match options.string("risk")?.as_deref() {
            Some("read") => Risk::Read,
            Some("write") => Risk::Write,
            Some("destroy") => Risk::Destroy,
            other => {
                let near = other.and_then(|risk| suggest::nearest(risk, ["read", "write", "destroy"]));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                return Err(wrong("risk", &format!("\"read\", \"write\" or \"destroy\"{hint}")));
            }
        };
        let services = options.strings("services")?.unwrap_or_default();
        declared_services::check(&services)?;
        let args = match options.value("args")? {
            Value::Nil => Vec::new(),
            Value::Table(table) => argument::read(lua, &table)?,
            _ => return Err(wrong("args", "a table of arguments by name")),
        };
        let mut findings = options.strings("findings")?.unwrap_or_default();
        findings.sort();
        let volatile = options.strings("volatile")?.unwrap_or_default();
        let example = match options.value("example")? {
            Value::Nil => None,
            Value::Table(table) => table.get::<Option<Table>>("args")?,
            _ => return Err(wrong("example", "{ args = { … } }")),
        };
        let Value::Function(run) = options.value("run")? else {
            return Err(wrong("run", "a function that takes the arguments"));
        };
        options.finish()?;
        let header = Header { summary, risk, services, args, findings, volatile, example, run };
        header.check_example()?;
        Ok(header)
    }

    fn check_example(&self) -> Result<()> {
        let Some(example) = &self.example else { return Ok(()) };
        example.for_each(|name: String, _: Value| {
            self.argument(&name).map(drop).map_err(|failure| Error::runtime(format!("script: example.args: {failure}")))
        })
    }

    /// Parses `--name value`, `--name=value` or `name=value` into the table for `run`.
    pub fn parse(&self, lua: &Lua, words: &[String]) -> std::result::Result<Table, Failure> {
        secret_arguments::declare(lua, &self.args);
        let table = self.defaults(lua).map_err(|e| Failure::usage(e.to_string()))?;
        let mut words = words.iter();
        let mut seen = Vec::new();
        while let Some(word) = words.next() {
            let dashed = word.strip_prefix("--");
            let (name, text) = match dashed.unwrap_or(word).split_once('=') {
                Some((name, text)) => (name, Some(text.to_owned())),
                None if dashed.is_some() => (dashed.unwrap_or(word), None),
                None => {
                    return Err(Failure::usage(format!(
                        "unexpected '{word}': arguments have names, for example --{}",
                        self.first_argument()
                    )));
                }
            };
            let argument = self.argument(name)?;
            if seen.contains(&argument.name) {
                return Err(Failure::usage(format!("argument '{name}' is given twice")));
            }
            let text = match text {
                Some(text) => text,
                None if argument.is_flag() => "true".to_owned(),
                None => {
                    words.next().cloned().ok_or_else(|| Failure::usage(format!("argument '{name}' has no value")))?
                }
            };
            let value = argument.value(lua, &text)?;
            table.raw_set(argument.name.as_str(), value).map_err(|e| Failure::usage(e.to_string()))?;
            seen.push(argument.name.clone());
        }
        let missing: Vec<_> = self
            .args
            .iter()
            .filter(|a| a.required && !seen.contains(&a.name))
            .map(|a| format!("--{} ({})", a.name, a.help.trim_end_matches('.')))
            .collect();
        if !missing.is_empty() {
            return Err(Failure::usage(format!(
                "missing {}: {}",
                plural(missing.len(), "argument"),
                missing.join(", ")
            )));
        }
        Ok(table)
    }

    /// Returns the arguments of the example; none if there is no example.
    pub fn example(&self, lua: &Lua) -> Result<Option<Table>> {
        let Some(example) = &self.example else { return Ok(None) };
        let table = self.defaults(lua)?;
        example.for_each(|name: String, value: Value| {
            let is_secret = self.args.iter().any(|argument| argument.secret && argument.name == name);
            let value = match value.as_string().filter(|_| is_secret) {
                Some(text) => crate::secret::hidden(lua, text.as_bytes())?,
                None => value,
            };
            table.raw_set(name, value)
        })?;
        Ok(Some(table))
    }

    fn defaults(&self, lua: &Lua) -> Result<Table> {
        let table = lua.create_table()?;
        for argument in &self.args {
            table.raw_set(argument.name.as_str(), from_value(lua, &argument.default)?)?;
        }
        Ok(table)
    }

    fn argument(&self, name: &str) -> std::result::Result<&Argument, Failure> {
        let name = &name.replace('-', "_");
        self.args.iter().find(|a| a.name == *name).ok_or_else(|| {
            let names = || self.args.iter().map(|a| a.name.as_str());
            let hint = match suggest::nearest(name, names()) {
                Some(nearest) => format!("; did you mean '{nearest}'?"),
                None if self.args.is_empty() => "; the script has no arguments".to_owned(),
                None => format!("; known arguments: {}", names().collect::<Vec<_>>().join(", ")),
            };
            Failure::usage(format!("unknown argument '{name}'{hint}"))
        })
    }

    pub fn help(&self, name: &str) -> String {
        usage(&self.summary, self.risk, &self.services, &self.args, &self.findings, name)
    }

    /// Returns an example for the error of an argument without a name.
    fn first_argument(&self) -> String {
        self.args.first().map_or("name value".to_owned(), |a| format!("{} …", a.name))
    }
}

/// Returns the text of `moonfleet run NAME --help`.
pub fn usage(
    summary: &str,
    risk: Risk,
    services: &[String],
    args: &[Argument],
    findings: &[String],
    name: &str,
) -> String {
    let mut text = format!("{summary}\n\nUsage: moonfleet run {name}");
    text += if args.is_empty() { "\n" } else { " [--ARGUMENT VALUE …]\n\nArguments:\n" };
    let titles: Vec<String> = args.iter().map(Argument::title).collect();
    let width = titles.iter().map(String::len).max().unwrap_or_default();
    for (argument, title) in args.iter().zip(titles) {
        writeln!(text, "  {title:width$}  {}{}", argument.help, argument.note())
            .expect("writing to a string cannot fail");
    }
    if !findings.is_empty() {
        writeln!(text, "\nFindings: {}", findings.join(", ")).expect("writing to a string cannot fail");
    }
    if !services.is_empty() {
        writeln!(text, "\nServices: {}", services.join(", ")).expect("writing to a string cannot fail");
    }
    writeln!(text, "\nRisk: {risk}").expect("writing to a string cannot fail");
    text
}

pub(crate) fn wrong(field: &str, expected: &str) -> Error {
    Error::runtime(format!("script: {field} must be {expected}"))
}
