//! `report` in Lua: shows records, writes them to files, groups a fleet's answers.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use mlua::{Error, Lua, Result, Table};
use moonfleet_bindings::Value;

use super::{Answer, Format, Layout, Style, check_writable, grouped, render_with, write_file};
use crate::lua::captured::Printed;
use crate::lua::contain::may_write;
use crate::lua::convert::to_value;
use crate::lua::options::Options;
use crate::lua::output::failed;

/// Where `report.print` writes and how, for the whole process: what `--output` says.
/// Kept as the VM's application data.
#[derive(Clone)]
pub struct OutputStyle {
    pub format: Format,
    pub style: Style,
    pub pager: Option<String>,
    pub out: Rc<RefCell<dyn io::Write>>,
}

impl Default for OutputStyle {
    fn default() -> Self {
        Self {
            format: Format::default(),
            style: Style::default(),
            pager: None,
            out: Rc::new(RefCell::new(io::stdout())),
        }
    }
}

pub fn module(lua: &Lua) -> Result<Table> {
    let report = lua.create_table()?;
    report.set("table", lua.create_function(table)?)?;
    report.set("print", lua.create_function(print)?)?;
    report.set("write", lua.create_function(write)?)?;
    report.set("check", lua.create_function(check)?)?;
    report.set("grouped", lua.create_function(group)?)?;
    report.set("format", lua.create_function(format)?)?;
    Ok(report)
}

/// A value as what a format shows of it. JSON shows all; for the others a table can say in
/// its metatable which of its fields the records are, and which of their columns to show.
pub fn records(lua: &Lua, value: &mlua::Value, layout: Layout, format: Format) -> Result<(Value, Layout)> {
    let metatable = value.as_table().filter(|_| format != Format::Json).and_then(mlua::Table::metatable);
    let field: Option<String> = metatable.as_ref().map_or(Ok(None), |m| m.raw_get("__records"))?;
    let (Some(field), Some(table), Some(metatable)) = (field, value.as_table(), metatable) else {
        return Ok((to_value(lua, value)?, layout));
    };
    let layout = match layout.columns {
        Some(_) => layout,
        None => Layout { columns: metatable.raw_get("__columns")?, may_drop: true, ..layout },
    };
    Ok((to_value(lua, &table.raw_get(field)?)?, layout))
}

/// The records as a table, as a string.
fn table(lua: &Lua, (value, options): (mlua::Value, mlua::Value)) -> Result<String> {
    let layout = layout("report.table", options)?;
    let (records, layout) = records(lua, &value, layout, Format::Table)?;
    let style = lua.app_data_ref::<OutputStyle>().map(|output| output.style.now()).unwrap_or_default();
    let mut text = Vec::new();
    render_with(&records, &layout, Format::Table, &style, &mut text).map_err(Error::external)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Shows the records in the format that the process was started with.
fn print(lua: &Lua, (value, options): (mlua::Value, mlua::Value)) -> Result<()> {
    let layout = layout("report.print", options)?;
    if lua.app_data_ref::<OutputStyle>().is_none() {
        lua.set_app_data(OutputStyle::default());
    }
    let format = lua.app_data_ref::<OutputStyle>().map(|output| output.format).unwrap_or_default();
    let (records, layout) = records(lua, &value, layout, format)?;
    if let Some(mut printed) = lua.app_data_mut::<Printed>() {
        printed.0 = records.clone();
    }
    written(lua, |output, out| {
        render_with(&records, &layout, output.format, &output.style, out)?;
        out.flush()
    })
}

/// Lets `write` write to where the process does. Lua's memory may be cleaned up meanwhile, and
/// a finalizer of the script's can come back to here.
pub fn written(lua: &Lua, write: impl FnOnce(&OutputStyle, &mut dyn io::Write) -> io::Result<()>) -> Result<()> {
    let output = lua.app_data_ref::<OutputStyle>().map(|o| OutputStyle { style: o.style.now(), ..o.clone() });
    let Some(output) = output else { return Ok(()) };
    let Ok(mut out) = output.out.try_borrow_mut() else {
        return Err(Error::runtime("a finalizer cannot show records while others are being shown; print text instead"));
    };
    write(&output, &mut *out).map_err(failed)
}

/// Writes the records to a file whose extension names the format.
fn write(lua: &Lua, (path, value, options): (String, mlua::Value, mlua::Value)) -> Result<()> {
    may_write(lua, "report.write")?;
    let layout = layout("report.write", options)?;
    let format = Format::from_path(Path::new(&path)).map_err(Error::external)?;
    let (records, layout) = records(lua, &value, layout, format)?;
    write_file(Path::new(&path), &records, &layout).map_err(Error::external)
}

/// Raises an error if a report cannot be written there; gives the format's name.
fn check(lua: &Lua, path: String) -> Result<String> {
    may_write(lua, "report.check")?;
    check_writable(Path::new(&path)).map(Format::name).map_err(Error::external)
}

/// The name of the format that `report.print` writes.
fn format(lua: &Lua, (): ()) -> Result<String> {
    Ok(lua.app_data_ref::<OutputStyle>().map(|output| output.format).unwrap_or_default().name())
}

/// Groups a list of `{name = ..., text = ...}` by their text.
fn group(lua: &Lua, answers: mlua::Value) -> Result<String> {
    let Value::List(answers) = to_value(lua, &answers)? else {
        return match answers {
            // An empty table could be either.
            mlua::Value::Table(t) if t.is_empty() => Ok(String::new()),
            _ => Err(not_answers("its argument is no list".to_owned())),
        };
    };
    let answers = answers.into_iter().enumerate().map(|(at, answer)| self::answer(at + 1, answer));
    Ok(grouped(&answers.collect::<Result<Vec<_>>>()?))
}

fn answer(at: usize, answer: Value) -> Result<Answer> {
    let Value::Map(mut answer) = answer else {
        return Err(not_answers(format!("item {at} is a {}", answer.kind())));
    };
    let mut text = |field: &str| match answer.take(field) {
        Value::String(text) => Ok(text),
        Value::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        other => Err(not_answers(format!("in item {at} `{field}` is a {}", other.kind()))),
    };
    Ok(Answer { name: text("name")?, text: text("text")? })
}

fn not_answers(problem: String) -> Error {
    Error::external(format!("report.grouped: {problem}; give a list of {{name = \"web-1\", text = \"...\"}}"))
}

fn layout(function: &'static str, options: mlua::Value) -> Result<Layout> {
    let mut options = Options::read(function, options)?;
    let layout = Layout { title: options.string("title")?, columns: options.strings("columns")?, ..Layout::default() };
    options.finish()?;
    Ok(layout)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn lua() -> Lua {
        let lua = Lua::new();
        lua.globals().set("report", module(&lua).unwrap()).unwrap();
        lua
    }

    #[derive(Clone, Default)]
    struct Screen(Rc<RefCell<Vec<u8>>>);

    impl io::Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct ClosedPipe;

    impl io::Write for ClosedPipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_table_is_text() {
        let text: String = lua()
            .load(r#"return report.table({{state="running", name="web"}}, {columns={"name"}, title="Fleet"})"#)
            .eval()
            .unwrap();
        assert_eq!(text, "Fleet\n\nname\n─────\nweb\n");
    }

    #[test]
    fn printing_honours_the_process_wide_format() {
        let (lua, screen) = (lua(), Screen::default());
        let out = Rc::new(RefCell::new(screen.clone()));
        lua.set_app_data(OutputStyle { format: Format::Json, out, ..OutputStyle::default() });
        lua.load(r#"report.print({{name="web", cost=1.0}})"#).exec().unwrap();
        let text = String::from_utf8(screen.0.borrow().clone()).unwrap();
        assert_eq!(text, "[\n  {\n    \"cost\": 1.0,\n    \"name\": \"web\"\n  }\n]\n");
    }

    #[test]
    fn a_closed_pipe_is_an_error_and_no_panic() {
        let lua = lua();
        let out = Rc::new(RefCell::new(ClosedPipe));
        lua.set_app_data(OutputStyle { out, ..OutputStyle::default() });
        let failure = lua.load("report.print({1})").exec().unwrap_err();
        assert!(failure.chain().any(|cause| cause.is::<crate::lua::output::Closed>()), "{failure}");
    }

    #[test]
    fn a_file_is_checked_and_written() {
        let (lua, folder) = (lua(), tempfile::tempdir().unwrap());
        let path = folder.path().join("fleet.csv");
        lua.globals().set("path", path.to_str().unwrap()).unwrap();
        let format: String = lua
            .load(r#"local f = report.check(path); report.write(path, {{name="=cmd()", n=-5}}); return f"#)
            .eval()
            .unwrap();
        assert_eq!(format, "csv");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "name,n\n'=cmd(),-5\n");
    }

    #[test]
    fn answers_are_grouped() {
        let text: String = lua()
            .load(r#"return report.grouped({{name="b", text="1\n", code=0}, {name="a", text="1"}}) .. report.grouped({})"#)
            .eval()
            .unwrap();
        assert_eq!(text, "a, b (2)\n  1\n");
    }

    #[test]
    fn errors_say_what_to_do() {
        let failed = |code: &str| lua().load(code).exec().unwrap_err().to_string();
        assert!(failed("report.table({}, {collumns={}})").contains("did you mean `columns`?"));
        assert!(failed(r#"report.write("x.exe", {})"#).contains(".json, .csv, .md"));
        assert!(failed(r#"report.grouped({{name="a"}})"#).contains("in item 1 `text` is a nil"));
        assert!(failed("report.print({{f=print}})").contains("[1].f"));
    }
}
