//! The arguments that the header of a script declares, and the conversion of words of the command line.

use mlua::{Error, Lua, Result, Table, Value};
use moonfleet_core::Failure;
use moonfleet_core::Value as Data;
use moonfleet_core::duration::parse_duration;
use moonfleet_core::known_secrets;
use moonfleet_core::suggest;
use serde::{Deserialize, Serialize};

use super::wrong;
use crate::convert::to_value;
use crate::secret::hidden;
use crate::time::to_duration;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    pub name: String,
    kind: ArgumentType,
    pub default: Data,
    /// The default as a word of the command line.
    shown: Option<String>,
    pub required: bool,
    /// Whether its value is shown nowhere.
    pub secret: bool,
    choices: Vec<String>,
    pub help: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum ArgumentType {
    String,
    Integer,
    Number,
    Boolean,
    /// Words separated by commas.
    List,
    /// Seconds, written for example as 90s, 12h or 30d.
    Duration,
}

const KINDS: [(&str, ArgumentType); 6] = [
    ("string", ArgumentType::String),
    ("integer", ArgumentType::Integer),
    ("number", ArgumentType::Number),
    ("boolean", ArgumentType::Boolean),
    ("list", ArgumentType::List),
    ("duration", ArgumentType::Duration),
];

const FIELDS: [&str; 5] = ["choices", "default", "help", "required", "secret"];

impl ArgumentType {
    fn parse(name: &str) -> Option<Self> {
        KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("string", |(name, _)| name)
    }

    /// Describes a valid word.
    fn expected(self) -> &'static str {
        match self {
            ArgumentType::Boolean => "true or false",
            ArgumentType::Duration => "a duration such as 90s, 12h or 30d",
            _ => self.name(),
        }
    }

    fn has(self, value: &Value) -> bool {
        match self {
            ArgumentType::String => value.is_string(),
            ArgumentType::Integer => value.is_integer(),
            ArgumentType::Number => value.is_integer() || value.is_number(),
            ArgumentType::Boolean => value.is_boolean(),
            ArgumentType::List => value.is_table(),
            ArgumentType::Duration => to_duration(value).is_ok(),
        }
    }
}

/// Reads the arguments of a header. Required ones come first, then by name: tables of Lua have no order.
pub(super) fn read(lua: &Lua, table: &Table) -> Result<Vec<Argument>> {
    let mut arguments = Vec::new();
    table.for_each(|name: String, spec: Value| {
        let Value::Table(spec) = spec else {
            return Err(wrong(&format!("args.{name}"), "a table such as { \"string\", help = \"…\" }"));
        };
        arguments.push(Argument::read(lua, name, &spec)?);
        Ok(())
    })?;
    arguments.sort_by(|a, b| b.required.cmp(&a.required).then_with(|| a.name.cmp(&b.name)));
    Ok(arguments)
}

impl Argument {
    fn read(lua: &Lua, name: String, spec: &Table) -> Result<Self> {
        let field = format!("args.{name}");
        let written: Option<String> = spec.get(1)?;
        let kind = written.as_deref().and_then(ArgumentType::parse).ok_or_else(|| {
            let kinds: Vec<_> = KINDS.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let near = written.as_deref().and_then(|kind| suggest::nearest(kind, KINDS.map(|(name, _)| name)));
            wrong(&format!("{field}[1]"), &format!("one of {}{}", kinds.join(", "), did_you_mean(near)))
        })?;
        for key in spec.clone().pairs::<Value, Value>() {
            if let (Value::String(key), _) = key?
                && !FIELDS.contains(&&*key.to_str()?)
            {
                let key = key.to_str()?.to_owned();
                let hint = did_you_mean(suggest::nearest(&key, FIELDS));
                return Err(Error::runtime(format!("script: {field} has the unknown field '{key}'{hint}")));
            }
        }
        let help: Option<String> = spec.get("help")?;
        let default: Value = spec.get("default")?;
        let choices: Vec<String> = spec.get::<Option<Vec<String>>>("choices")?.unwrap_or_default();
        if !choices.is_empty() && !matches!(kind, ArgumentType::String | ArgumentType::List) {
            return Err(Error::runtime(format!("script: {field}.choices: only a string or a list has choices")));
        }
        let secret = spec.get::<Option<bool>>("secret")?.unwrap_or(false);
        if secret && (kind != ArgumentType::String || !default.is_nil() || !choices.is_empty()) {
            let problem = "a secret is a string, without default and choices: those can be read in the script";
            return Err(Error::runtime(format!("script: {field}.secret: {problem}")));
        }
        let argument = Argument {
            kind,
            secret,
            shown: (!default.is_nil()).then(|| to_word(&default)),
            default: to_value(lua, &default).map_err(|e| wrong(&format!("{field}.default"), &e.to_string()))?,
            required: spec.get::<Option<bool>>("required")?.unwrap_or(false),
            choices,
            help: help.ok_or_else(|| wrong(&format!("{field}.help"), "a sentence"))?,
            name,
        };
        argument.check_default(&field, &default)?;
        Ok(argument)
    }

    fn check_default(&self, field: &str, default: &Value) -> Result<()> {
        if default.is_nil() {
            return Ok(());
        }
        if !self.kind.has(default) {
            return Err(wrong(&format!("{field}.default"), &format!("of the argument's type, {}", self.kind.name())));
        }
        let words: Vec<&str> = match self.kind {
            ArgumentType::List => {
                self.shown.iter().flat_map(|shown| shown.split(',')).filter(|word| !word.is_empty()).collect()
            }
            _ => self.shown.as_deref().into_iter().collect(),
        };
        words
            .into_iter()
            .try_for_each(|word| self.check_choice(word))
            .map_err(|problem| Error::runtime(format!("script: {field}.default: {problem}")))
    }

    /// Returns the allowed values; empty if any value is allowed.
    pub fn choices(&self) -> &[String] {
        &self.choices
    }

    /// Returns whether the argument can be written without a value.
    pub fn is_flag(&self) -> bool {
        self.kind == ArgumentType::Boolean
    }

    /// Returns the argument with its type: `--regions <list>`.
    pub fn title(&self) -> String {
        format!("--{} <{}>", self.name, self.kind.name())
    }

    /// Returns the note after the help text: whether it is required, its choices, its default.
    pub fn note(&self) -> String {
        let mut notes = Vec::new();
        if self.required {
            notes.push("required".to_owned());
        }
        if self.secret {
            notes.push("secret".to_owned());
        }
        if !self.choices.is_empty() {
            notes.push(format!("one of {}", self.choices.join(", ")));
        }
        if let (Some(shown), false) = (&self.shown, self.required) {
            notes.push(format!("default: {shown}"));
        }
        if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) }
    }

    /// Converts a word of the command line.
    pub fn value(&self, lua: &Lua, text: &str) -> std::result::Result<Value, Failure> {
        let wrong = |problem: String| Failure::usage(format!("argument '{}': {problem}", self.name));
        let value = match self.kind {
            ArgumentType::String if self.secret => {
                known_secrets::remember(text.as_bytes());
                hidden(lua, text).ok()
            }
            ArgumentType::String => {
                self.check_choice(text).map_err(wrong)?;
                lua.create_string(text).ok().map(Value::String)
            }
            ArgumentType::Integer => text.parse().ok().map(Value::Integer),
            ArgumentType::Number => text.parse().ok().map(Value::Number),
            ArgumentType::Boolean => text.parse().ok().map(Value::Boolean),
            ArgumentType::Duration => parse_duration(text).ok().map(|duration| match duration.subsec_nanos() {
                0 => Value::Integer(duration.as_secs().cast_signed()),
                _ => Value::Number(duration.as_secs_f64()),
            }),
            ArgumentType::List => {
                let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
                words.iter().try_for_each(|word| self.check_choice(word)).map_err(wrong)?;
                lua.create_sequence_from(words).ok().map(Value::Table)
            }
        };
        value.ok_or_else(|| wrong(format!("expected {}, got '{text}'", self.kind.expected())))
    }

    fn check_choice(&self, word: &str) -> std::result::Result<(), String> {
        if self.choices.is_empty() || self.choices.iter().any(|choice| choice == word) {
            return Ok(());
        }
        let near = suggest::nearest(word, self.choices.iter().map(String::as_str));
        Err(format!("'{word}' is not one of {}{}", self.choices.join(", "), did_you_mean(near)))
    }
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"))
}

/// Returns a value as a word of the command line.
pub(super) fn to_word(value: &Value) -> String {
    match value {
        Value::Table(list) => list.sequence_values::<String>().filter_map(Result::ok).collect::<Vec<_>>().join(","),
        other => other.to_string().unwrap_or_default(),
    }
}
