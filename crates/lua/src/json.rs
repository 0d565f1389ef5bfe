//! `json` in Lua.
//!
//! Decoding and encoding a text returns the same text: lists stay lists, even when empty, integers
//! stay integers, and null is the value `json.null`, so that it can be in lists and objects. A
//! value that JSON cannot represent is an error with the path of the value.

use mlua::{Error, Lua, LuaSerdeExt, LuaString, Result, Table, Value as LuaValue};
use moonfleet_core::json::{Json, Parsed};
use moonfleet_core::{Map, Value};
use serde::ser::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::convert::{ValuePath, from_value, to_value};
use super::options::Options;
use crate::containment::MemoryShare;

/// The maximum indent: a larger one is a mistake, and costs memory for each line.
const MAX_INDENT: i64 = 16;

pub fn module(lua: &Lua) -> Result<Table> {
    let json = lua.create_table()?;
    json.set("encode", lua.create_function(encode)?)?;
    json.set("decode", lua.create_function(decode)?)?;
    json.set("list", lua.create_function(list)?)?;
    json.set("null", LuaValue::NULL)?;
    Ok(json)
}

struct JsonEncodeOptions {
    indent: usize,
}

impl JsonEncodeOptions {
    fn read(options: LuaValue) -> Result<Self> {
        let mut options = Options::read("json.encode", options)?;
        let indent = options.integer("indent")?.unwrap_or(0);
        if !(0..=MAX_INDENT).contains(&indent) {
            return Err(options.wrong("indent", "from 0 to 16", &indent.to_string()));
        }
        options.finish()?;
        Ok(Self { indent: usize::try_from(indent).unwrap_or(0) })
    }
}

fn encode(lua: &Lua, (value, options): (LuaValue, LuaValue)) -> Result<String> {
    let options = JsonEncodeOptions::read(options)?;
    let value = to_value(lua, &value)?;
    refuse(&value, &mut ValuePath::default())?;
    let text = match options.indent {
        0 => serde_json::to_vec(&Json(&value)),
        indent => indented(&value, indent),
    };
    text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(Error::external)
}

fn indented(value: &Value, indent: usize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::new();
    let indent = " ".repeat(indent);
    let formatter = PrettyFormatter::with_indent(indent.as_bytes());
    Json(value).serialize(&mut Serializer::with_formatter(&mut text, formatter))?;
    Ok(text)
}

/// Refuses values that JSON cannot represent. Reports replace such values instead.
fn refuse(value: &Value, at: &mut ValuePath) -> Result<()> {
    match value {
        Value::Float(number) if !number.is_finite() => Err(Error::external(format!(
            "json.encode: {at} is {number}, which JSON cannot represent; use json.null or a string"
        ))),
        Value::Bytes(_) => Err(Error::external(format!(
            "json.encode: {at} is a string that is not UTF-8, which JSON cannot represent; \
             leave it out or encode it as text first"
        ))),
        Value::List(items) => (1..).zip(items).try_for_each(|(number, item)| {
            at.item(number);
            refuse(item, at)?;
            at.up();
            Ok(())
        }),
        Value::Map(Map(fields)) => fields.iter().try_for_each(|(name, field)| {
            at.name(name);
            refuse(field, at)?;
            at.up();
            Ok(())
        }),
        _ => Ok(()),
    }
}

fn decode(lua: &Lua, text: LuaString) -> Result<LuaValue> {
    MemoryShare::new(lua).take_values(&text.as_bytes(), b",:[{")?;
    match parse(&text.as_bytes()) {
        Ok(Value::Nil) => Ok(LuaValue::NULL),
        Ok(value) => from_value(lua, &value),
        Err(error) => Err(Error::external(format!("json.decode: {error}"))),
    }
}

/// Marks a table as a list, so that an empty one is encoded as `[]` instead of `{}`.
fn list(lua: &Lua, items: Option<Table>) -> Result<Table> {
    let items = match items {
        Some(items) => items,
        None => lua.create_table()?,
    };
    items.set_metatable(Some(lua.array_metatable()))?;
    Ok(items)
}

/// Reads JSON; errors have the line and the column.
pub fn parse(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(text).map(|Parsed(value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str) -> Result<String> {
        let lua = Lua::new();
        lua.globals().set("json", module(&lua)?)?;
        lua.load(code).eval()
    }

    fn failed(code: &str) -> String {
        run(code).unwrap_err().to_string()
    }

    #[test]
    fn decoding_and_encoding_keeps_the_text() {
        let texts = [
            "[]",
            "{}",
            "null",
            "[null,1,null]",
            r#"{"a":null,"b":[],"c":{}}"#,
            "9223372036854775807",
            "-1",
            "1.0",
            r#""\u0000é\"\\\n""#,
            "[[],[[]],{}]",
        ];
        for text in texts {
            let code = format!("return json.encode(json.decode([==[{text}]==]))");
            assert_eq!(run(&code).unwrap(), text);
        }
    }

    #[test]
    fn numbers_beyond_integers_are_floats() {
        let code = "return math.type(json.decode('18446744073709551615')) .. math.type(json.decode('3'))";
        assert_eq!(run(code).unwrap(), "floatinteger");
    }

    #[test]
    fn output_is_compact_or_indented_and_in_order() {
        assert_eq!(run("return json.encode({b=1, a={2, 3}})").unwrap(), r#"{"a":[2,3],"b":1}"#);
        assert_eq!(run("return json.encode({a=1}, {indent=3})").unwrap(), "{\n   \"a\": 1\n}");
        assert_eq!(run("return json.encode({a=json.list()})").unwrap(), r#"{"a":[]}"#);
    }

    #[test]
    fn values_that_json_cannot_represent_are_errors_with_a_path() {
        assert!(failed("return json.encode({a={0/0}})").contains(".a[1] is NaN"));
        assert!(failed("return json.encode({a=1/0})").contains(".a is inf"));
        assert!(failed(r"return json.encode({x={b='\xff'}})").contains(".x.b is a string that is not UTF-8"));
        assert!(failed("return json.encode({indent=1}, {indent=99})").contains("from 0 to 16, got 99"));
        assert!(failed("return json.encode({}, {ident=2})").contains("did you mean `indent`?"));
    }

    #[test]
    fn decoding_errors_have_line_and_column() {
        assert!(failed("return json.decode('{\\n  \"a\": x}')").contains("at line 2 column 8"));
        assert!(failed("return json.decode(string.rep('[', 1000))").contains("recursion limit"));
        assert!(failed("return json.decode('1 2')").contains("trailing characters"));
    }

    #[test]
    fn the_last_of_duplicate_names_counts() {
        assert_eq!(run(r#"return json.encode(json.decode('{"a":1,"b":2,"a":3}'))"#).unwrap(), r#"{"a":3,"b":2}"#);
    }
}
