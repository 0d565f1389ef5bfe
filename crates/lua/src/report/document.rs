//! Reports of several parts, which scripts build with `report.new`.

use std::path::Path;

use mlua::{AnyUserData, Error, Lua, MetaMethod, Result, UserData, UserDataMethods, Value as LuaValue, Variadic};
use moonfleet_core::{Map, Value};
use moonfleet_report::chart as charts;
use moonfleet_report::chart::{Chart, ChartFields};
use moonfleet_report::diff::{Diff, FieldChange};
use moonfleet_report::{Block, Document, Figure, Format, Template, write_document_file};

use super::{OutputStyle, ReportCaller, about, about_sweeps, layout, listing, rows, show};
use crate::containment::may_write;
use crate::convert::to_value;
use crate::options::Options;

/// A report of several parts, as scripts see it.
#[derive(Default)]
pub struct Report(Document);

impl Report {
    /// Returns the document, which is about the places of the sweeps up to now.
    pub(super) fn document(&mut self, lua: &Lua) -> &Document {
        about_sweeps(lua, &mut self.0.about);
        &self.0
    }
}

/// `report.new{title = "…"}`
pub(super) async fn new(lua: Lua, options: LuaValue) -> Result<AnyUserData> {
    let mut options = Options::read("report.new", options)?;
    let (title, subtitle) = (options.string("title")?, options.string("subtitle")?);
    let template = match options.string("template")? {
        Some(file) => Some(Template::read(Path::new(&file)).map_err(Error::external)?),
        None => lua.app_data_ref::<OutputStyle>().and_then(|output| output.template.clone()),
    };
    options.finish()?;
    // A report names its account, which a session learns only once.
    let session = lua.app_data_ref::<ReportCaller>().map(|caller| caller.0.session());
    if let Some(session) = session {
        session.learn_account().await.map_err(Error::external)?;
    }
    let document = Document { title, subtitle, about: about(&lua), template, blocks: Vec::new() };
    lua.create_userdata(Report(document))
}

type This<T> = (AnyUserData, T);

impl UserData for Report {
    /// Each method returns the report, so that calls can be chained.
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_function("section", |_, (this, title): This<String>| add(this, Block::Section(title)));
        methods.add_function("text", |_, (this, text): This<String>| add(this, Block::Text(text)));
        methods.add_function("summary", |lua, (this, figures): This<LuaValue>| add(this, summary(lua, &figures)?));
        methods.add_function("chart", |lua, (this, options): This<LuaValue>| add(this, chart(lua, options)?));
        methods.add_function("table", |lua, (this, records, options): (AnyUserData, LuaValue, LuaValue)| {
            add(this, Block::Table(listing(lua, &records, layout("report:table", options)?)?))
        });
        methods.add_function("changes", |lua, (this, diff, title): (AnyUserData, LuaValue, Option<String>)| {
            let diff = read_diff(to_value(lua, &diff)?)?;
            this.borrow_mut::<Report>()?.0.changes(&diff, title.as_deref());
            Ok(this)
        });
        methods.add_function("append", |_, (this, other): This<AnyUserData>| {
            let other = other.borrow::<Report>()?.0.clone();
            this.borrow_mut::<Report>()?.0.append(other);
            Ok(this)
        });
        methods.add_method_mut("print", |lua, this, ()| show(lua, this.document(lua)));
        methods.add_method_mut("write", |lua, this, paths: Variadic<String>| write(lua, this.document(lua), &paths));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            Ok(format!("report ({})", this.0.title.as_deref().unwrap_or("without a title")))
        });
    }
}

fn add(this: AnyUserData, block: Block) -> Result<AnyUserData> {
    this.borrow_mut::<Report>()?.0.blocks.push(block);
    Ok(this)
}

/// Writes the report to each file in the format of its extension. If one extension is unknown, writes no file.
fn write(lua: &Lua, document: &Document, paths: &[String]) -> Result<()> {
    may_write(lua, "report:write")?;
    if paths.is_empty() {
        return Err(wrong("report:write", "pass at least one file, for example report:write(\"fleet.html\")"));
    }
    for path in paths {
        Format::from_path(Path::new(path)).map_err(Error::external)?;
    }
    paths.iter().try_for_each(|path| write_document_file(Path::new(path), document).map_err(Error::external))
}

/// Reads key figures: a list of {label, value, severity}, with or without these names.
fn summary(lua: &Lua, figures: &LuaValue) -> Result<Block> {
    let figures = rows("report:summary", "the argument", to_value(lua, figures)?)?;
    (1..).zip(figures).map(|(at, figure)| self::figure(at, figure)).collect::<Result<_>>().map(Block::Summary)
}

fn figure(at: usize, item: Value) -> Result<Figure> {
    let problem = |text: &str| wrong("report:summary", &format!("item {at}: {text}"));
    let mut named = match item {
        Value::Map(map) => map,
        Value::List(items) => ["label", "value", "severity"].map(str::to_owned).into_iter().zip(items).collect::<Map>(),
        other => return Err(problem(&format!("a figure must be {{label, value, severity}}, got {}", other.kind()))),
    };
    let label = match named.take("label") {
        Value::String(label) => label,
        other => return Err(problem(&format!("`label` must be text, got {}", other.kind()))),
    };
    let value = named.take("value");
    let severity = match named.take("severity") {
        Value::Nil => None,
        Value::String(text) => {
            Some(text.parse().map_err(|e: moonfleet_report::UnknownSeverity| problem(&e.to_string()))?)
        }
        other => return Err(problem(&format!("`severity` must be text, got {}", other.kind()))),
    };
    match named.0.first() {
        Some((unknown, _)) => Err(problem(&format!("unknown field `{unknown}`; known fields: label, value, severity"))),
        None => Ok(Figure { label, value, severity }),
    }
}

fn chart(lua: &Lua, options: LuaValue) -> Result<Block> {
    const FUNCTION: &str = "report:chart";
    let mut options = Options::read(FUNCTION, options)?;
    let kind = options.string("kind")?.unwrap_or_else(|| "bar".to_owned());
    let (title, unit) = (options.string("title")?, options.string("unit")?);
    let (data, records) = (options.value("data")?, options.value("rows")?);
    let fields = ChartFields {
        label: options.string("label")?.unwrap_or_else(|| "name".to_owned()),
        value: options.string("value")?,
        from: options.string("from")?,
        to: options.string("to")?,
        severity: options.string("severity")?,
    };
    if records.is_nil() {
        options.need("rows", &["label", "value", "from", "to", "severity"])?;
    }
    options.finish()?;
    let plot = match (data.is_nil(), records.is_nil()) {
        (false, true) => charts::read(&kind, &to_value(lua, &data)?, None),
        (true, false) => {
            let records = Value::List(rows(FUNCTION, "`rows`", to_value(lua, &records)?)?);
            charts::read(&kind, &records, Some(&fields))
        }
        _ => Err("set either `data`, or `rows` and the names of their fields".to_owned()),
    };
    Ok(Block::Chart(Chart { title, unit, plot: plot.map_err(|problem| wrong(FUNCTION, &problem))? }))
}

/// Reads the result of `report.diff`.
fn read_diff(diff: Value) -> Result<Diff> {
    const FUNCTION: &str = "report:changes";
    let Value::Map(mut diff) = diff else {
        return Err(wrong(FUNCTION, &format!("expected the result of report.diff, got {}", diff.kind())));
    };
    let mut list = |name: &str| match diff.take(name) {
        Value::Nil => Ok(Vec::new()),
        other => rows(FUNCTION, &format!("`{name}`"), other),
    };
    let (added, gone, changed) = (list("added")?, list("gone")?, list("changed")?);
    let changed = changed.into_iter().map(|row| match row {
        Value::Map(mut row) => {
            let (field, before, after) = (row.take("field"), row.take("before"), row.take("after"));
            let field = match field {
                Value::String(field) => field,
                other => {
                    return Err(wrong(FUNCTION, &format!("`field` of a change must be text, got {}", other.kind())));
                }
            };
            Ok(FieldChange { about: row.0, field, before, after })
        }
        other => Err(wrong(FUNCTION, &format!("a change must be a record, got {}", other.kind()))),
    });
    Ok(Diff { key: Vec::new(), added, gone, changed: changed.collect::<Result<_>>()? })
}

fn wrong(function: &str, problem: &str) -> Error {
    Error::external(format!("{function}: {problem}"))
}
