//! Shows the results of a line, and keeps them: `_` is the last result, `_1` the one before it, and so on. The report
//! crate renders the results; this module adds the pager and the hints for a terminal.

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
use moonfleet_report::{Format, Style};

pub use timing::{Cost, Timing};

/// `_` and `_1` to `_20`: about the last hour of work.
const KEPT: usize = 21;
const ADVICE: &str = "report.print(_, {columns = {…}}) or .output json shows more";

#[derive(Default)]
pub struct Results {
    /// The last result first.
    kept: VecDeque<Value>,
}

impl Results {
    /// Shows the results of a line, and keeps the first.
    pub fn show<Guard>(
        &mut self,
        vm: &Vm,
        results: &MultiValue,
        suspend_interrupt: impl FnOnce() -> Guard,
    ) -> Result<(), Failure> {
        vm.or_failure(self.keep(vm.lua(), results))?;
        let text = vm.or_failure(text(vm.lua(), results))?;
        page(vm, &text, suspend_interrupt)?;
        vm.warn_first_pages(results)
    }

    /// Keeps the first result, unless it is nil.
    fn keep(&mut self, lua: &Lua, results: &MultiValue) -> mlua::Result<()> {
        let Some(result) = results.front().filter(|result| !result.is_nil()) else { return Ok(()) };
        // Showing `_` again keeps no copy.
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

/// Shows a text, in the pager if it is long. While the pager runs, the guard that `suspend_interrupt` returns is held.
pub fn page<Guard>(vm: &Vm, text: &str, suspend_interrupt: impl FnOnce() -> Guard) -> Result<(), Failure> {
    // Earlier output of the line comes first.
    vm.flush()?;
    let is_shown = pager(vm.lua(), text).is_some_and(|command| {
        let _guard = suspend_interrupt();
        pager::show(&command, text)
    });
    if is_shown {
        return Ok(());
    }
    vm.print(text)?;
    vm.flush()
}

/// Returns the command of the pager; `None` if the text is short, or no pager can or may be started.
fn pager(lua: &Lua, text: &str) -> Option<String> {
    let output = lua.app_data_ref::<OutputStyle>().filter(|output| output.style.terminal && !is_contained(lua))?;
    let is_long = pager::is_long(text, terminal_size::terminal_size()?);
    pager::command(output.pager.as_deref()).filter(|_| is_long)
}

fn text(lua: &Lua, results: &MultiValue) -> mlua::Result<String> {
    let Some(output) = lua.app_data_ref::<OutputStyle>().map(|output| output.clone()) else {
        return Ok(String::new());
    };
    let style = Style { advice: Some(ADVICE), ..output.style.now() };
    let output = OutputStyle { style, ..output };
    let mut text = Vec::new();
    for result in results {
        let shown = match output::render_value(lua, result) {
            Ok(shown) => shown,
            // A module, for example, is a table of functions, which cannot be rendered.
            Err(error) => help::global::hint(lua, result)?.map(Rendered::Text).ok_or(error)?,
        };
        shown.write(&output, &mut text).map_err(output::failed)?;
        if output.format == Format::Table
            && has_help(result)
            && let Some(hint) = help::global::hint(lua, result)?
        {
            text.extend_from_slice(hint.as_bytes());
            text.push(b'\n');
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Whether a value is a function, a service or an operation, for which a hint at its help is shown.
fn has_help(value: &Value) -> bool {
    match value {
        Value::Function(_) => true,
        Value::UserData(_) | Value::Table(_) => matches!(named(value), Ok(Some(_))),
        _ => false,
    }
}
