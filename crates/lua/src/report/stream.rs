//! Writes the records of an iterator to a file or to the output of the process.

use std::path::Path;

use mlua::{Error, Function, Lua, MetaMethod, Result, Table, UserData, UserDataMethods, Value};
use moonfleet_report::PendingFile;
use moonfleet_report::stream::Stream;
use moonfleet_report::{Format, Style};

use super::collector;
use super::{OutputStyle, ReportCaller, layout, print, records_document, show, write_output};
use crate::containment::may_write;
use crate::convert::to_value;
use crate::test_output::Printed;

/// Installs `print` and `write`, which accept both records and iterators.
pub(super) fn install(lua: &Lua, report: &Table) -> Result<()> {
    let native = lua.create_table()?;
    native.raw_set("print", lua.create_function(print)?)?;
    native.raw_set("write", lua.create_function(super::write)?)?;
    native.raw_set("open", lua.create_function(open)?)?;
    native.raw_set("learn", lua.create_async_function(learn)?)?;
    let chunk = lua.load(include_str!("stream.lua")).set_name("=moonfleet");
    let (print, write): (Function, Function) = chunk.call(native)?;
    report.raw_set("print", print)?;
    report.raw_set("write", write)
}

/// Learns the account of the session for HTML, because the page names it.
async fn learn(lua: Lua, path: Option<String>) -> Result<()> {
    let format = match &path {
        Some(path) => Format::from_path(Path::new(path)).unwrap_or_default(),
        None => lua.app_data_ref::<OutputStyle>().map(|output| output.format).unwrap_or_default(),
    };
    let session = lua.app_data_ref::<ReportCaller>().map(|caller| caller.0.session());
    match session.filter(|_| format == Format::Html) {
        Some(session) => session.learn_account().await.map_err(Error::external),
        None => Ok(()),
    }
}

struct StreamSink {
    /// None after the end.
    stream: Option<Stream>,
    /// None for the output of the process.
    file: Option<PendingFile>,
    /// Buffered bytes: a write for each record would be slow.
    buffer: Vec<u8>,
}

/// The size in bytes from which the buffer is written.
const BUFFER_SIZE: usize = 64 << 10;

fn open(lua: &Lua, (path, options): (Option<String>, Value)) -> Result<StreamSink> {
    let layout = layout(if path.is_some() { "report.write" } else { "report.print" }, options)?;
    let output = lua.app_data_ref::<OutputStyle>().map(|output| (output.format, output.style.now()));
    let (format, style, file) = match path {
        Some(path) => {
            may_write(lua, "report.write")?;
            let path = Path::new(&path);
            let format = Format::from_path(path).map_err(Error::external)?;
            (format, Style::default(), Some(PendingFile::create(path).map_err(Error::external)?))
        }
        None => {
            let (format, style) = output.unwrap_or_default();
            // A collector of reports needs all records at once, as HTML does.
            (if collector::is_wanted(lua) { Format::Html } else { format }, style, None)
        }
    };
    let stream = Stream::new(layout, format, style).map_err(temporary_file_error)?;
    Ok(StreamSink { stream: Some(stream), file, buffer: Vec::new() })
}

impl UserData for StreamSink {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("add", |lua, this, row: Value| this.add(lua, &row));
        methods.add_method_mut("finish", |lua, this, ()| this.finish(lua));
        methods.add_meta_method_mut(MetaMethod::Close, |_, this, _: Value| {
            // Dropping an unfinished file removes its draft.
            (this.stream, this.file) = (None, None);
            Ok(())
        });
    }
}

impl StreamSink {
    fn add(&mut self, lua: &Lua, row: &Value) -> Result<()> {
        let row = to_value(lua, row)?;
        if let Some(mut printed) = lua.app_data_mut::<Printed>().filter(|_| self.file.is_none()) {
            match &mut printed.0 {
                moonfleet_core::Value::List(rows) => rows.push(row.clone()),
                other => *other = moonfleet_core::Value::List(vec![row.clone()]),
            }
        }
        let Some(stream) = &mut self.stream else { return Ok(()) };
        stream.add(row, &mut self.buffer).map_err(temporary_file_error)?;
        if self.buffer.len() < BUFFER_SIZE { Ok(()) } else { self.flush(lua) }
    }

    fn finish(&mut self, lua: &Lua) -> Result<()> {
        let Some(stream) = self.stream.take() else { return Ok(()) };
        match &mut self.file {
            Some(file) => {
                let rest = std::mem::take(&mut self.buffer);
                file.write(&rest)
                    .and_then(|()| file.fill(|out| stream.finish(|listing| records_document(lua, listing), out)))
                    .map_err(Error::external)?;
            }
            None if collector::is_wanted(lua) => {
                return stream.listing().map_or(Ok(()), |listing| show(lua, &records_document(lua, listing)));
            }
            None => {
                self.flush(lua)?;
                write_output(lua, |_, out| {
                    stream.finish(|listing| records_document(lua, listing), out)?;
                    out.flush()
                })?;
            }
        }
        self.file.take().map_or(Ok(()), |file| file.publish().map_err(Error::external))
    }

    fn flush(&mut self, lua: &Lua) -> Result<()> {
        let piece = std::mem::take(&mut self.buffer);
        match &mut self.file {
            Some(file) => file.write(&piece).map_err(Error::external),
            None => write_output(lua, |_, out| out.write_all(&piece)),
        }
    }
}

fn temporary_file_error(cause: std::io::Error) -> Error {
    Error::runtime(format!("cannot buffer records in a temporary file: {cause}"))
}
