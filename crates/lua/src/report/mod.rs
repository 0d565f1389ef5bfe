//! `report` in Lua: prints records, writes them to files, groups outputs of a fleet. Reports of several parts
//! are in `document.rs`.

mod chosen_columns;
mod collector;
mod document;
mod stream;

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use mlua::{Error, Lua, Result, Table};
use moonfleet_core::Value;
use moonfleet_core::known_secrets::redact;
use moonfleet_core::sanitize;
use moonfleet_engine::Context;
use moonfleet_report::diff;
use moonfleet_report::diff::Comparison;
use moonfleet_report::volatile::Volatile;
use moonfleet_report::{
    About, Document, Format, Layout, Listing, MemberOutput, Style, Template, chart, check_writable, group_output,
    render_with, write_document, write_document_file,
};

use crate::aws::Caller;
use crate::aws::swept::{Swept, swept};
use crate::containment::may_write;
use crate::convert::{from_value, to_value};
use crate::host::{mark_incomplete, missing_results};
use crate::options::Options;
use crate::output::failed;
use crate::script::secret_arguments;
use crate::terminal_output::remember_colors;
use crate::test_output::Printed;
use crate::time::current_time;
use chosen_columns::ChosenColumns;
pub use collector::{ReportCollector, collect, collect_reports, stop_collecting};

pub use document::Report;

/// The output and the format of `report.print` for the whole process, as `--output` sets them. It is application
/// data of the machine.
#[derive(Clone)]
pub struct OutputStyle {
    pub format: Format,
    pub style: Style,
    pub pager: Option<String>,
    /// The template for HTML; none for the built-in page.
    pub template: Option<Template>,
    pub out: Rc<RefCell<dyn io::Write>>,
}

impl Default for OutputStyle {
    fn default() -> Self {
        Self {
            format: Format::default(),
            style: Style::default(),
            pager: None,
            template: None,
            out: Rc::new(RefCell::new(io::stdout())),
        }
    }
}

/// The caller whose account and region a report names. It is application data of the machine.
struct ReportCaller(Caller);

pub fn module(lua: &Lua, default: &Caller) -> Result<Table> {
    lua.set_app_data(ReportCaller(default.clone()));
    functions(lua)
}

fn functions(lua: &Lua) -> Result<Table> {
    let report = lua.create_table()?;
    report.set("new", lua.create_async_function(document::new)?)?;
    report.set("table", lua.create_function(table)?)?;
    stream::install(lua, &report)?;
    report.set("check", lua.create_function(check)?)?;
    report.set("grouped", lua.create_function(group)?)?;
    report.set("format", lua.create_function(format)?)?;
    report.set("diff", lua.create_function(compare)?)?;
    report.set("incomplete", lua.create_function(incomplete)?)?;
    report.set("sparkline", lua.create_function(sparkline)?)?;
    Ok(report)
}

/// Returns the part of a value that a format shows, and its layout. JSON shows the whole value. For other formats
/// the metatable of a table can name the field with the records and the columns to show.
pub fn records(lua: &Lua, value: &mlua::Value, layout: Layout, format: Format) -> Result<(Value, Layout)> {
    let chosen = ChosenColumns::of(value, &layout);
    let (records, layout) = match format {
        Format::Json => (to_value(lua, value)?, layout),
        _ => named_records(lua, value, layout.clone())?.unwrap_or((to_value(lua, value)?, layout)),
    };
    chosen.hint(lua, &records);
    Ok((records, layout))
}

/// Returns a value for all formats.
fn listing(lua: &Lua, value: &mlua::Value, layout: Layout) -> Result<Listing> {
    let chosen = ChosenColumns::of(value, &layout);
    let whole = to_value(lua, value)?;
    let listing = match named_records(lua, value, layout.clone())? {
        Some((records, layout)) => Listing { records, layout, whole: Some(whole) },
        None => Listing { records: whole, layout, whole: None },
    };
    chosen.hint(lua, &listing.records);
    Ok(listing)
}

/// Returns the records that the metatable of a table names; none if it names none.
fn named_records(lua: &Lua, value: &mlua::Value, layout: Layout) -> Result<Option<(Value, Layout)>> {
    let metatable = value.as_table().and_then(mlua::Table::metatable);
    let field: Option<String> = metatable.as_ref().map_or(Ok(None), |m| m.raw_get("__records"))?;
    let (Some(field), Some(table), Some(metatable)) = (field, value.as_table(), metatable) else {
        return Ok(None);
    };
    let layout = match layout.columns {
        Some(_) => layout,
        None => Layout { columns: metatable.raw_get("__columns")?, may_drop: true, ..layout },
    };
    Ok(Some((to_value(lua, &table.raw_get(field)?)?, layout)))
}

/// Returns records as a table, as text.
fn table(lua: &Lua, (value, options): (mlua::Value, mlua::Value)) -> Result<String> {
    let layout = layout("report.table", options)?;
    let (records, layout) = records(lua, &value, layout, Format::Table)?;
    let style = lua.app_data_ref::<OutputStyle>().map(|output| output.style.now()).unwrap_or_default();
    let mut text = Vec::new();
    render_with(&records, &layout, Format::Table, &style, &mut text).map_err(Error::external)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    remember_colors(lua, &text);
    Ok(text)
}

/// Prints records in the format of the run.
fn print(lua: &Lua, (value, options): (mlua::Value, mlua::Value)) -> Result<()> {
    let layout = layout("report.print", options)?;
    let listing = listing(lua, &value, layout)?;
    show(lua, &records_document(lua, listing))
}

/// Returns a document that contains only records.
fn records_document(lua: &Lua, listing: Listing) -> Document {
    let template = lua.app_data_ref::<OutputStyle>().and_then(|output| output.template.clone());
    Document { about: about(lua), template, ..Document::from_listing(listing) }
}

/// Passes a value to the collector of reports, if there is one. Returns whether it is then not shown. A value that
/// is not data is always shown.
pub fn collected(lua: &Lua, value: &mlua::Value) -> Result<bool> {
    if !collector::is_wanted(lua) {
        return Ok(false);
    }
    if let Some(mut report) = value.as_userdata().and_then(|value| value.borrow_mut::<Report>().ok()) {
        return Ok(collector::collect(lua, report.document(lua)));
    }
    match listing(lua, value, Layout::default()) {
        Ok(listing) => Ok(collector::collect(lua, &records_document(lua, listing))),
        Err(_) => Ok(false),
    }
}

/// Prints a report, or passes it to the collector.
fn show(lua: &Lua, document: &Document) -> Result<()> {
    if lua.app_data_ref::<OutputStyle>().is_none() {
        lua.set_app_data(OutputStyle::default());
    }
    if let Some(mut printed) = lua.app_data_mut::<Printed>() {
        printed.0 = match document.alone() {
            Some(listing) => listing.records.clone(),
            None => Value::List(document.rows().cloned().collect()),
        };
    }
    if collector::collect(lua, document) {
        return Ok(());
    }
    write_output(lua, |output, out| {
        write_document(document, output.format, &output.style, out)?;
        out.flush()
    })
}

/// Returns the origin of a report: account, region, time and command.
fn about(lua: &Lua) -> About {
    let session = lua.app_data_ref::<ReportCaller>().map(|caller| caller.0.session());
    let session = |fact: fn(&Context) -> Option<String>| session.as_ref().and_then(fact).into_iter().collect();
    let mut about = About {
        accounts: session(|session| session.account()),
        regions: session(|session| session.region()),
        time: Some(current_time(lua)),
        command: command(lua),
    };
    about_sweeps(lua, &mut about);
    about
}

/// Replaces the places of the session by those of the sweeps of this run, if there were any.
fn about_sweeps(lua: &Lua, about: &mut About) {
    let Swept { accounts, regions } = swept(lua);
    for (own, swept) in [(&mut about.accounts, accounts), (&mut about.regions, regions)] {
        if !swept.is_empty() {
            *own = swept.into_iter().collect();
        }
    }
}

/// Returns the command line, quoted and with secrets redacted. Of a word with several lines, such as a chunk, only
/// the first line is kept.
fn command(lua: &Lua) -> Option<String> {
    let first_line = |word: String| match word.trim_start().split_once('\n') {
        Some((line, _)) => format!("{} …", line.trim_end()),
        None => word,
    };
    let mut words = std::env::args_os().map(|word| first_line(word.to_string_lossy().into_owned()));
    let program = words.next()?;
    let program = Path::new(&program).file_name()?.to_string_lossy().into_owned();
    let quoted = |word: String| shlex::try_quote(&word).map(|word| word.into_owned()).unwrap_or(word.clone());
    let words = secret_arguments::hide(lua, words.collect());
    let words: Vec<String> = std::iter::once(program).chain(words).map(quoted).collect();
    Some(redact(&words.join(" ")).into_owned())
}

/// Calls `write` with the output of the process. Lua can collect garbage meanwhile, so a finalizer of the script can
/// call this function recursively, which is an error.
pub fn write_output(lua: &Lua, write: impl FnOnce(&OutputStyle, &mut dyn io::Write) -> io::Result<()>) -> Result<()> {
    let output = lua.app_data_ref::<OutputStyle>().map(|o| OutputStyle { style: o.style.now(), ..o.clone() });
    let Some(output) = output else { return Ok(()) };
    let Ok(mut out) = output.out.try_borrow_mut() else {
        return Err(Error::runtime(
            "a finalizer cannot show records while other records are shown; print text instead",
        ));
    };
    write(&output, &mut *out).map_err(failed)
}

/// Writes records to a file; its extension is the format.
fn write(lua: &Lua, (path, value, options): (String, mlua::Value, mlua::Value)) -> Result<()> {
    may_write(lua, "report.write")?;
    let layout = layout("report.write", options)?;
    Format::from_path(Path::new(&path)).map_err(Error::external)?;
    let listing = listing(lua, &value, layout)?;
    write_document_file(Path::new(&path), &records_document(lua, listing)).map_err(Error::external)
}

/// Checks that a report can be written to a file, and returns the name of its format.
fn check(lua: &Lua, path: String) -> Result<String> {
    may_write(lua, "report.check")?;
    check_writable(Path::new(&path)).map(Format::name).map_err(Error::external)
}

/// Returns the name of the format that `report.print` writes.
fn format(lua: &Lua, (): ()) -> Result<String> {
    Ok(lua.app_data_ref::<OutputStyle>().map(|output| output.format).unwrap_or_default().name())
}

/// Returns the differences between two lists of records.
fn compare(lua: &Lua, (old, new, options): (mlua::Value, mlua::Value, mlua::Value)) -> Result<mlua::Value> {
    let mut options = Options::read("report.diff", options)?;
    let key = match options.value("key")? {
        mlua::Value::String(name) => Some(vec![name.to_str()?.to_owned()]),
        _ => options.strings("key")?,
    };
    let volatile = options.strings("ignore")?.map_or_else(Volatile::default, Volatile::only);
    options.finish()?;
    let (old, new) =
        (rows("report.diff", "`old`", to_value(lua, &old)?)?, rows("report.diff", "`new`", to_value(lua, &new)?)?);
    from_value(lua, &diff::compare(&old, &new, &Comparison { key, columns: None, volatile }).to_value())
}

/// Records that a part of the results is missing, and warns about it once.
fn incomplete(lua: &Lua, reason: String) -> Result<()> {
    if !missing_results(lua).contains(&reason) {
        tracing::warn!("incomplete: {}", sanitize::line(&reason));
    }
    mark_incomplete(lua, reason);
    Ok(())
}

/// Returns the items of a list; an empty table is an empty list. `name` names the list in the error.
fn rows(function: &str, name: &str, value: Value) -> Result<Vec<Value>> {
    match value {
        Value::List(rows) => Ok(rows),
        Value::Map(map) if map.0.is_empty() => Ok(Vec::new()),
        other => Err(Error::external(format!("{function}: {name} must be a list, got {}", other.kind()))),
    }
}

/// Returns numbers as a row of small bars, for a cell.
fn sparkline(lua: &Lua, numbers: mlua::Value) -> Result<String> {
    let numbers = rows("report.sparkline", "the argument", to_value(lua, &numbers)?)?;
    let number = |(at, value): (usize, &Value)| match value {
        Value::Nil => Ok(None),
        Value::Integer(number) => Ok(Some(*number as f64)),
        Value::Float(number) => Ok(Some(*number).filter(|number| number.is_finite())),
        other => Err(Error::external(format!("report.sparkline: item {at} must be a number, got {}", other.kind()))),
    };
    Ok(chart::sparkline(&(1..).zip(&numbers).map(number).collect::<Result<Vec<_>>>()?))
}

/// Groups a list of `{name = ..., text = ...}` by text.
fn group(lua: &Lua, answers: mlua::Value) -> Result<String> {
    let Value::List(answers) = to_value(lua, &answers)? else {
        return match answers {
            // An empty table could be either.
            mlua::Value::Table(t) if t.is_empty() => Ok(String::new()),
            _ => Err(not_answers("the argument is not a list".to_owned())),
        };
    };
    let answers = answers.into_iter().enumerate().map(|(at, answer)| self::answer(at + 1, answer));
    Ok(group_output(&answers.collect::<Result<Vec<_>>>()?))
}

fn answer(at: usize, answer: Value) -> Result<MemberOutput> {
    let Value::Map(mut answer) = answer else {
        return Err(not_answers(format!("item {at} has the type {}", answer.kind())));
    };
    let mut text = |field: &str| match answer.take(field) {
        Value::String(text) => Ok(text),
        Value::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        other => Err(not_answers(format!("`{field}` of item {at} has the type {}", other.kind()))),
    };
    Ok(MemberOutput { name: text("name")?, text: text("text")? })
}

fn not_answers(problem: String) -> Error {
    Error::external(format!("report.grouped: {problem}; pass a list of {{name = \"web-1\", text = \"...\"}}"))
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
        lua.globals().set("report", functions(&lua).unwrap()).unwrap();
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
    fn tables_are_returned_as_text() {
        let text: String = lua()
            .load(r#"return report.table({{state="running", name="web"}}, {columns={"name"}, title="Fleet"})"#)
            .eval()
            .unwrap();
        assert_eq!(text, "Fleet\n\nname\n─────\nweb\n");
    }

    #[test]
    fn records_are_printed_in_the_format_of_the_run() {
        let (lua, screen) = (lua(), Screen::default());
        let out = Rc::new(RefCell::new(screen.clone()));
        lua.set_app_data(OutputStyle { format: Format::Json, out, ..OutputStyle::default() });
        lua.load(r#"report.print({{name="web", cost=1.0}})"#).exec().unwrap();
        let text = String::from_utf8(screen.0.borrow().clone()).unwrap();
        assert_eq!(text, "[\n  {\n    \"cost\": 1.0,\n    \"name\": \"web\"\n  }\n]\n");
    }

    #[test]
    fn a_closed_pipe_is_an_error() {
        let lua = lua();
        let out = Rc::new(RefCell::new(ClosedPipe));
        lua.set_app_data(OutputStyle { out, ..OutputStyle::default() });
        let failure = lua.load("report.print({1})").exec().unwrap_err();
        assert!(failure.chain().any(|cause| cause.is::<crate::output::Closed>()), "{failure}");
    }

    #[test]
    fn files_are_checked_and_written() {
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
    fn outputs_are_grouped() {
        let text: String = lua()
            .load(r#"return report.grouped({{name="b", text="1\n", code=0}, {name="a", text="1"}}) .. report.grouped({})"#)
            .eval()
            .unwrap();
        assert_eq!(text, "a, b (2)\n  1\n");
    }

    #[test]
    fn errors_name_the_mistake_and_the_next_step() {
        let failed = |code: &str| lua().load(code).exec().unwrap_err().to_string();
        assert!(failed("report.table({}, {collumns={}})").contains("did you mean `columns`?"));
        assert!(failed(r#"report.write("x.exe", {})"#).contains(".json, .jsonl, .csv, .md, .html"));
        assert!(failed(r#"report.grouped({{name="a"}})"#).contains("`text` of item 1 has the type nil"));
        assert!(failed("report.print({{f=print}})").contains("[1].f"));
    }
}
