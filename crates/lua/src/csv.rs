//! `csv` in Lua: converts between rows and CSV text.

use std::collections::HashSet;

use mlua::{Error, Lua, LuaString, Result, Table, Value as LuaValue};
use moonfleet_core::{Map, Value};
use moonfleet_report::{Layout, csv};

use super::convert::{from_value, to_value};
use super::options::Options;
use crate::containment::MemoryShare;

pub(crate) fn module(lua: &Lua) -> Result<Table> {
    let csv = lua.create_table()?;
    csv.set("encode", lua.create_function(encode)?)?;
    csv.set("decode", lua.create_function(decode)?)?;
    Ok(csv)
}

struct CsvEncodeOptions {
    columns: Option<Vec<String>>,
    header: Option<bool>,
    raw: bool,
}

impl CsvEncodeOptions {
    fn read(options: LuaValue) -> Result<Self> {
        let mut options = Options::read("csv.encode", options)?;
        let read = Self {
            columns: options.strings("columns")?,
            header: options.boolean("header")?,
            raw: options.boolean("raw")?.unwrap_or(false),
        };
        options.finish()?;
        Ok(read)
    }
}

/// Returns a list of maps or of lists as CSV. Cells that a spreadsheet would run as formulas are
/// escaped unless `raw` is true.
fn encode(lua: &Lua, (rows, options): (LuaValue, LuaValue)) -> Result<LuaString> {
    let options = CsvEncodeOptions::read(options)?;
    let rows = read_rows(to_value(lua, &rows)?)?;
    // Rows that are lists have no column names.
    let named = options.columns.is_some() || rows.iter().any(|row| matches!(row, Value::Map(_)));
    let layout = Layout { columns: options.columns, ..Layout::default() };
    let table = moonfleet_report::Table::from_records(&Value::List(rows), &layout);
    let written = csv::CsvOptions { header: options.header.unwrap_or(named), raw: options.raw };
    let mut text = Vec::new();
    csv::write(&table, &written, &mut text).map_err(Error::external)?;
    lua.create_string(text)
}

fn read_rows(value: Value) -> Result<Vec<Value>> {
    match value {
        Value::List(rows) => Ok(rows),
        Value::Map(map) if map.0.is_empty() => Ok(Vec::new()),
        other => Err(Error::external(format!(
            "csv.encode: the rows must be a list, for example {{{{name = \"web\"}}, {{name = \"db\"}}}}, got {}",
            other.kind()
        ))),
    }
}

struct CsvDecodeOptions {
    header: bool,
}

impl CsvDecodeOptions {
    fn read(options: LuaValue) -> Result<Self> {
        let mut options = Options::read("csv.decode", options)?;
        let header = options.boolean("header")?.unwrap_or(true);
        options.finish()?;
        Ok(Self { header })
    }
}

/// Returns a list of maps whose keys are the names in the first row, or a list of lists if `header` is
/// false. Every cell is a string.
fn decode(lua: &Lua, (text, options): (LuaString, LuaValue)) -> Result<LuaValue> {
    let options = CsvDecodeOptions::read(options)?;
    MemoryShare::new(lua).take_values(&text.as_bytes(), b",\n")?;
    let rows =
        parse(&text.as_bytes(), options.header).map_err(|problem| Error::external(format!("csv.decode: {problem}")))?;
    from_value(lua, &Value::List(rows))
}

fn parse(text: &[u8], header: bool) -> std::result::Result<Vec<Value>, String> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(header).from_reader(text);
    let names = match header {
        true => Some(names(reader.byte_headers().map_err(|e| e.to_string())?)?),
        false => None,
    };
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(|e| e.to_string())?;
        let cells = record.iter().map(cell);
        rows.push(match &names {
            Some(names) => Value::Map(names.iter().cloned().zip(cells).collect::<Map>()),
            None => Value::List(cells.collect()),
        });
    }
    Ok(rows)
}

fn names(header: &::csv::ByteRecord) -> std::result::Result<Vec<String>, String> {
    let mut seen = HashSet::new();
    let names: Vec<_> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => {
            Err(format!("two columns are named `{name}`; rename one, or read rows as lists with {{header = false}}"))
        }
        None => Ok(names),
    }
}

fn cell(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => Value::Bytes(bytes.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str) -> Result<String> {
        let lua = Lua::new();
        lua.globals().set("csv", module(&lua)?)?;
        lua.globals().set("json", crate::json::module(&lua)?)?;
        lua.load(code).eval()
    }

    fn failed(code: &str) -> String {
        run(code).unwrap_err().to_string()
    }

    #[test]
    fn records_and_lists_are_rows() {
        assert_eq!(run("return csv.encode({{b=1, name='x'}, {name='y'}})").unwrap(), "name,b\nx,1\ny,\n");
        assert_eq!(run("return csv.encode({{1, 2}, {3, 4}})").unwrap(), "1,2\n3,4\n");
        assert_eq!(run("return csv.encode({{1, 2}}, {columns={'a', 'b'}})").unwrap(), "a,b\n1,2\n");
        assert_eq!(run("return csv.encode({{a=1, b=2}}, {columns={'b'}, header=false})").unwrap(), "2\n");
        assert_eq!(run("return csv.encode({})").unwrap(), "");
    }

    #[test]
    fn nested_values_are_json() {
        assert_eq!(run("return csv.encode({{t={a=1}}})").unwrap(), "t\n\"{\"\"a\"\":1}\"\n");
    }

    #[test]
    fn formulas_are_text_unless_raw() {
        let rows = "{{a='=cmd()', b='-5', c='@x'}}";
        assert_eq!(run(&format!("return csv.encode({rows})")).unwrap(), "a,b,c\n'=cmd(),-5,'@x\n");
        assert_eq!(run(&format!("return csv.encode({rows}, {{raw=true}})")).unwrap(), "a,b,c\n=cmd(),-5,@x\n");
    }

    #[test]
    fn text_becomes_rows_of_strings() {
        let decoded =
            |text: &str, options: &str| run(&format!("return json.encode(csv.decode({text:?}{options}))")).unwrap();
        assert_eq!(decoded("b,a\n1,\"x,\"\"y\"\"\"\n", ""), r#"[{"a":"x,\"y\"","b":"1"}]"#);
        assert_eq!(decoded("b,a\n1,2", ", {header=false}"), r#"[["b","a"],["1","2"]]"#);
        assert_eq!(decoded("", ""), "[]");
        assert_eq!(run(r"return csv.decode('\xEF\xBB\xBFa\n1\n')[1].a").unwrap(), "1");
    }

    #[test]
    fn errors_name_the_mistake() {
        assert!(failed("return csv.encode('x')").contains("the rows must be a list"));
        assert!(failed("return csv.encode({}, {colums={}})").contains("did you mean `columns`?"));
        assert!(failed(r"return csv.decode('a,a\n1,2')").contains("two columns are named `a`"));
        let uneven = failed(r"return csv.decode('a,b\n1,2\n3')");
        assert!(uneven.contains("line: 3"), "{uneven}");
    }
}
