//! What the prompt shows of an evaluation, and what it keeps of it: `_` is the last result,
//! `_1` the one before it, and so on. What results look like is decided in the reports; here is
//! what only a person at a terminal needs.

mod pager;
mod timing;

use std::collections::VecDeque;

use mlua::{Lua, MultiValue, Value};
use moonfleet_core::Failure;
use moonfleet_lua::aws::named;
use moonfleet_lua::containment::is_contained;
use moonfleet_lua::help;
use moonfleet_lua::output;
use moonfleet_lua::output::Rendered;
use moonfleet_lua::report::OutputStyle;
use moonfleet_lua::vm::Vm;
use moonfleet_report::Format;

pub use timing::{Cost, Timing};

/// `_` and `_1` to `_20`: somebody's last hour, and not what they have forgotten.
const KEPT: usize = 21;
const ADVICE: &str = "report.print(_, {columns = {…}}) or .output json shows more";

#[derive(Default)]
pub struct Results {
    /// The last one first.
    kept: VecDeque<Value>,
}

impl Results {
    /// Shows what an evaluation gave, and keeps it.
    pub fn show<Held>(
        &mut self,
        vm: &Vm,
        results: &MultiValue,
        elsewhere: impl FnOnce() -> Held,
    ) -> Result<(), Failure> {
        vm.or_failure(self.keep(vm.lua(), results))?;
        let text = vm.or_failure(text(vm.lua(), results))?;
        page(vm, &text, elsewhere)?;
        vm.warn_first_pages(results)
    }

    /// The first of several; nil is no result.
    fn keep(&mut self, lua: &Lua, results: &MultiValue) -> mlua::Result<()> {
        let Some(result) = results.front().filter(|result| !result.is_nil()) else { return Ok(()) };
        // Looking at `_` again gives nothing new.
        if self.kept.front() == Some(result) {
            return Ok(());
        }
        self.kept.push_front(result.clone());
        self.kept.truncate(KEPT);
        let globals = lua.globals();
        for (at, kept) in self.kept.iter().enumerate() {
            let name = if at == 0 { "_".to_owned() } else { format!("_{at}") };
            globals.raw_set(name, kept)?;
        }
        Ok(())
    }
}

/// Shows a text, by the pager where it is long. While that has the terminal, what `elsewhere`
/// gives is held.
pub fn page<Held>(vm: &Vm, text: &str, elsewhere: impl FnOnce() -> Held) -> Result<(), Failure> {
    // What the script has printed comes first.
    vm.flush()?;
    let is_shown = pager(vm.lua(), text).is_some_and(|command| {
        let _held = elsewhere();
        pager::show(&command, text)
    });
    if is_shown {
        return Ok(());
    }
    vm.print(text)?;
    vm.flush()
}

/// The program that a text of this length needs, where one may be started.
fn pager(lua: &Lua, text: &str) -> Option<String> {
    let output = lua.app_data_ref::<OutputStyle>().filter(|output| output.style.terminal && !is_contained(lua))?;
    let is_long = pager::is_long(text, terminal_size::terminal_size()?);
    pager::command(output.pager.as_deref()).filter(|_| is_long)
}

fn text(lua: &Lua, results: &MultiValue) -> mlua::Result<String> {
    let Some(output) = lua.app_data_ref::<OutputStyle>().map(|output| output.clone()) else {
        return Ok(String::new());
    };
    let output = OutputStyle { style: output.style.now(), ..output };
    let mut text = Vec::new();
    for result in results {
        let mut shown = match output::render_value(lua, result) {
            Ok(shown) => shown,
            // A module is a table of functions.
            Err(error) => help::global::hint(lua, result)?.map(Rendered::Text).ok_or(error)?,
        };
        if let Rendered::Data(_, layout) = &mut shown {
            layout.advice = Some(ADVICE);
        }
        shown.write(&output, &mut text).map_err(output::failed)?;
        if output.format == Format::Table
            && is_no_data(result)
            && let Some(hint) = help::global::hint(lua, result)?
        {
            text.extend_from_slice(hint.as_bytes());
            text.push(b'\n');
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Services say themselves what they are.
fn is_no_data(value: &Value) -> bool {
    match value {
        Value::Function(_) => true,
        Value::UserData(_) | Value::Table(_) => matches!(named(value), Ok(Some(_))),
        _ => false,
    }
}
