//! The option tables of functions: each option is read once, with its type, and an option that
//! the function does not read is an error.

use std::time::Duration;

use mlua::{Error, Result, Table, Value};
use moonfleet_core::error::INVALID_INPUT;
use moonfleet_core::suggest::nearest;

use super::secret;
use super::time::to_duration;

/// An option table while it is read. The caller must end with [`Options::finish`], which reports
/// unknown names.
pub struct Options {
    function: String,
    table: Option<Table>,
    read: Vec<&'static str>,
}

impl Options {
    /// Takes the options argument of `function`: a table or nil.
    pub fn read(function: &str, options: Value) -> Result<Self> {
        let table = match options {
            Value::Nil => None,
            Value::Table(table) => Some(table),
            other => {
                let kind = other.type_name();
                return Err(invalid(format!(
                    "{function}: options must be a table, for example {{name = value}}, got {kind}"
                )));
            }
        };
        Ok(Self { function: function.to_owned(), table, read: Vec::new() })
    }

    pub fn boolean(&mut self, name: &'static str) -> Result<Option<bool>> {
        self.typed(name, "true or false", |value| value.as_boolean())
    }

    pub fn integer(&mut self, name: &'static str) -> Result<Option<i64>> {
        self.typed(name, "an integer", |value| value.as_integer())
    }

    pub fn string(&mut self, name: &'static str) -> Result<Option<String>> {
        self.typed(name, "a string", text)
    }

    /// Reads a string, or a secret that came from AWS.
    pub fn secret(&mut self, name: &'static str) -> Result<Option<String>> {
        self.typed(name, "a string", secret::text)
    }

    pub fn strings(&mut self, name: &'static str) -> Result<Option<Vec<String>>> {
        self.typed(name, "a list of strings", |value| {
            let list = value.as_table()?;
            let items: Result<Vec<Value>> = list.sequence_values().collect();
            let items: Option<Vec<String>> = items.ok()?.iter().map(text).collect();
            items.filter(|items| items.len() == list.pairs::<Value, Value>().count())
        })
    }

    /// Reads a duration: text such as `"5m"`, or seconds.
    pub fn duration(&mut self, name: &'static str) -> Result<Option<Duration>> {
        match self.value(name)? {
            Value::Nil => Ok(None),
            given => match to_duration(&given) {
                Ok(duration) => Ok(Some(duration)),
                Err(e) => Err(invalid(format!("{}: option `{name}`: {e}", self.function))),
            },
        }
    }

    /// Checks that none of these options is set, because they need the option `needed`, which is not.
    pub fn need(&mut self, needed: &str, names: &[&'static str]) -> Result<()> {
        for name in names {
            if !self.value(name)?.is_nil() {
                return Err(invalid(format!("{}: option `{name}` needs option `{needed}`", self.function)));
            }
        }
        Ok(())
    }

    /// Returns a value that the caller checks itself; nil if the option is not set.
    pub fn value(&mut self, name: &'static str) -> Result<Value> {
        Ok(self.typed(name, "anything", |value| Some(value.clone()))?.unwrap_or(Value::Nil))
    }

    /// Returns the error of an option with a wrong value. `got` is the value, or its type if it can be secret.
    pub fn wrong(&self, name: &str, expected: &str, got: &str) -> Error {
        let function = &self.function;
        invalid(format!("{function}: option `{name}` must be {expected}, got {got}"))
    }

    /// Returns an error if the table has an option that was not read.
    pub fn finish(self) -> Result<()> {
        let Some(table) = &self.table else {
            return Ok(());
        };
        let mut unknown = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            let (name, _) = pair?;
            let name = text(&name).unwrap_or_else(|| format!("{name:?}"));
            if !self.read.contains(&name.as_str()) {
                unknown.push(name);
            }
        }
        // The first one in alphabetical order: the order of Lua differs between runs.
        unknown.sort();
        match unknown.first() {
            Some(name) => Err(self.unknown(name)),
            None => Ok(()),
        }
    }

    fn typed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>> {
        self.read.push(name);
        let value = match &self.table {
            Some(table) => table.raw_get::<Value>(name)?,
            None => Value::Nil,
        };
        if value.is_nil() {
            return Ok(None);
        }
        match read(&value) {
            Some(read) => Ok(Some(read)),
            None if has_invalid_text(&value) => {
                Err(self.wrong(name, &format!("{expected} in UTF-8"), "string that is not valid UTF-8"))
            }
            None => Err(self.wrong(name, expected, value.type_name())),
        }
    }

    fn unknown(&self, name: &str) -> Error {
        let advice = match nearest(name, self.read.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("known options: {}", self.read.join(", ")),
        };
        invalid(format!("{}: unknown option `{name}`; {advice}", self.function))
    }
}

fn invalid(problem: String) -> Error {
    Error::external(moonfleet_core::Error::new(INVALID_INPUT, problem))
}

/// Whether the value is a string that is not valid UTF-8, or a list that contains one.
fn has_invalid_text(value: &Value) -> bool {
    match value {
        Value::String(text) => text.to_str().is_err(),
        Value::Table(list) => list
            .sequence_values::<Value>()
            .flatten()
            .any(|item| matches!(item, Value::String(text) if text.to_str().is_err())),
        _ => false,
    }
}

fn text(value: &Value) -> Option<String> {
    Some(value.as_string()?.to_str().ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use mlua::Lua;

    use super::*;

    type Read = (Option<bool>, Option<i64>, Option<Vec<String>>);

    #[test]
    fn text_that_is_not_utf8_is_named() {
        let title = |code: &str| {
            let lua = Lua::new();
            let mut options = Options::read("f", lua.load(code).eval().unwrap()).unwrap();
            options.string("title").and(options.strings("columns")).unwrap_err().to_string()
        };
        let wrong = "in UTF-8, got string that is not valid UTF-8";
        assert_eq!(title(r"{title='\xff'}"), format!("f: option `title` must be a string {wrong}"));
        assert_eq!(title(r"{columns={'a', '\xff'}}"), format!("f: option `columns` must be a list of strings {wrong}"));
    }

    fn read(code: &str) -> Result<Read> {
        let lua = Lua::new();
        let mut options = Options::read("f", lua.load(code).eval()?)?;
        let read = (options.boolean("header")?, options.integer("indent")?, options.strings("columns")?);
        options.finish()?;
        Ok(read)
    }

    fn failed(code: &str) -> String {
        read(code).unwrap_err().to_string()
    }

    #[test]
    fn options_are_read_with_their_types() {
        let columns = Some(vec!["a".to_owned()]);
        assert_eq!(read("{header=false, indent=2, columns={'a'}}").unwrap(), (Some(false), Some(2), columns));
        assert_eq!(read("nil").unwrap(), (None, None, None));
    }

    #[test]
    fn errors_name_the_function_the_option_and_the_next_step() {
        assert_eq!(failed("{haeder=true}"), "f: unknown option `haeder`; did you mean `header`?");
        assert_eq!(failed("{xyz=1}"), "f: unknown option `xyz`; known options: header, indent, columns");
        assert_eq!(failed("{header=1}"), "f: option `header` must be true or false, got integer");
        assert_eq!(failed("{columns={'a', 1}}"), "f: option `columns` must be a list of strings, got table");
        assert_eq!(failed("{columns={a='x'}}"), "f: option `columns` must be a list of strings, got table");
        assert!(failed("3").starts_with("f: options must be a table"));
        assert!(failed("{'header'}").contains("unknown option"));
    }
}
