//! What the lines of a prompt see besides the globals. A local of a line is kept for the lines
//! that follow; nothing but them sees it, so that no name of a line's is in a module's way.

use mlua::{Function, Lua, MultiValue, Result, Table, Value};
use moonfleet_core::{Failure, FailureKind};
use moonfleet_lua::Vm;
use moonfleet_lua::failure;
use moonfleet_lua::host::host;

use super::locals::kept;

#[derive(Clone)]
pub(super) struct PromptScope {
    environment: Table,
    keep: Table,
    values: Table,
}

/// The locals that the prompt keeps, by their names.
pub struct Locals(pub Table);

/// Before scripts lose `debug`, which this rests on.
pub fn install(lua: &Lua, host: &Table) -> Result<()> {
    lua.load(include_str!("scope.lua")).set_name("=moonfleet").call(host)
}

impl PromptScope {
    pub(super) fn install(lua: &Lua) -> Result<Self> {
        host(lua, "scope")?.call::<(Table, Table, Table)>(()).map(Self::from)
    }

    /// While a line is typed, whoever looks for values finds its locals.
    pub(super) fn is_open(&self, lua: &Lua) {
        lua.set_app_data(Locals(self.values.clone()));
    }

    /// A line as a function: an expression, or else statements.
    pub(super) fn load(&self, vm: &Vm, text: &str) -> std::result::Result<PromptLine, Failure> {
        match vm.load(format!("return {text}\n").as_bytes(), NAME) {
            Ok(function) => self.line(function, true),
            // `1 +` goes on as an expression, and is no statement at all.
            Err(failure) if failure.kind == FailureKind::UnfinishedInput => Err(failure),
            Err(_) => self.statements(vm, text),
        }
    }

    fn statements(&self, vm: &Vm, text: &str) -> std::result::Result<PromptLine, Failure> {
        let function = vm.load(format!("{text}\n").as_bytes(), NAME)?;
        let Some(kept) = kept(text) else { return self.line(function, false) };
        let line = self.line(vm.load(format!("{kept}\n").as_bytes(), NAME)?, false)?;
        Ok(PromptLine { arguments: MultiValue::from_iter([Value::Table(self.keep.clone())]), ..line })
    }

    fn line(&self, function: Function, is_expression: bool) -> std::result::Result<PromptLine, Failure> {
        self.gives(&function).map_err(|e| failure::from_host(&e))?;
        Ok(PromptLine { function, arguments: MultiValue::new(), is_expression })
    }
}

impl PromptScope {
    /// Makes a function see it.
    pub(super) fn gives(&self, function: &Function) -> Result<()> {
        function.set_environment(self.environment.clone()).map(drop)
    }
}

const NAME: &str = "=prompt";

pub(super) struct PromptLine {
    pub function: Function,
    /// Where it keeps its locals, if it has any.
    pub arguments: MultiValue,
    pub is_expression: bool,
}

impl From<(Table, Table, Table)> for PromptScope {
    fn from((environment, keep, values): (Table, Table, Table)) -> Self {
        PromptScope { environment, keep, values }
    }
}
