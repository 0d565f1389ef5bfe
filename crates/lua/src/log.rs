//! `log` in Lua: messages of a script among those of the program, under the target `script`.

use std::borrow::Cow;

use mlua::{Lua, Result, Table, Value as LuaValue};
use moonfleet_core::sanitize;
use moonfleet_core::{Map, Value};
use moonfleet_report::cell;
use tracing::Level;

use super::convert::to_value;

pub(crate) fn module(lua: &Lua) -> Result<Table> {
    let log = lua.create_table()?;
    log.set("debug", lua.create_function(|lua, message| record(lua, Level::DEBUG, message))?)?;
    log.set("info", lua.create_function(|lua, message| record(lua, Level::INFO, message))?)?;
    log.set("warn", lua.create_function(|lua, message| record(lua, Level::WARN, message))?)?;
    log.set("error", lua.create_function(|lua, message| record(lua, Level::ERROR, message))?)?;
    Ok(log)
}

fn record(lua: &Lua, level: Level, (message, fields): (LuaValue, LuaValue)) -> Result<()> {
    let text = text(lua, &message, &fields)?;
    // tracing needs a constant level at each call site.
    match level {
        Level::ERROR => tracing::error!(target: "script", "{text}"),
        Level::WARN => tracing::warn!(target: "script", "{text}"),
        Level::INFO => tracing::info!(target: "script", "{text}"),
        _ => tracing::debug!(target: "script", "{text}"),
    }
    Ok(())
}

/// Returns the message and its fields as `key=value`, on one line without control characters.
fn text(lua: &Lua, message: &LuaValue, fields: &LuaValue) -> Result<String> {
    let mut words = vec![match message {
        LuaValue::String(text) => text.to_string_lossy(),
        other => other.to_string()?,
    }];
    match to_value(lua, fields)? {
        Value::Nil => {}
        Value::Map(Map(fields)) => {
            words.extend(fields.iter().map(|(name, value)| format!("{name}={}", quoted(value))));
        }
        other => words.push(quoted(&other).into_owned()),
    }
    Ok(sanitize::line(&words.join(" ")).into_owned())
}

/// Quotes a value if its end would be unclear.
fn quoted(value: &Value) -> Cow<'_, str> {
    let text = cell::plain(value);
    let unclear = text.is_empty() || text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '='));
    match unclear && cell::is_scalar(value) {
        true => Cow::Owned(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct LogSink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for LogSink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(code: &str) -> String {
        let sink = LogSink::default();
        let writer = sink.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .without_time()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let lua = Lua::new();
        lua.globals().set("log", module(&lua).unwrap()).unwrap();
        tracing::subscriber::with_default(subscriber, || lua.load(code).exec()).unwrap();
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn levels_and_fields_are_written() {
        assert_eq!(
            logged("log.info('done', {count=3, app='web', why='all is well'})"),
            " INFO script: done app=web count=3 why=\"all is well\"\n"
        );
        assert_eq!(logged("log.warn('careful')"), " WARN script: careful\n");
        assert_eq!(logged("log.error('no', {list={1, 2}})"), "ERROR script: no list=[1,2]\n");
        assert_eq!(logged("log.debug(42)"), "DEBUG script: 42\n");
    }

    #[test]
    fn messages_are_one_line_without_escapes() {
        let text = logged(r"log.info('a\x1b[2J\nERROR script: fake', {x='\u{202e}', y='\xff'})");
        assert_eq!(text, " INFO script: a␛[2J⏎ERROR script: fake x=<U+202E> y=\u{fffd}\n");
    }
}
