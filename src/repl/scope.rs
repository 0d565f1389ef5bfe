//! The scope of the lines of a prompt. A local of a line is kept for the following lines. Modules do not see it, so
//! that its name cannot conflict with their globals.

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

/// The locals that the prompt keeps, by name.
pub struct Locals(pub Table);

/// Installs the functions of `scope.lua`. Must be called before scripts lose `debug`, which they need.
pub fn install(lua: &Lua, host: &Table) -> Result<()> {
    lua.load(include_str!("scope.lua")).set_name("=moonfleet").call(host)
}

impl PromptScope {
    pub(super) fn install(lua: &Lua) -> Result<Self> {
        host(lua, "scope")?.call::<(Table, Table, Table)>(()).map(Self::from)
    }

    /// Makes the locals available to completion while a line is typed.
    pub(super) fn offer_locals(&self, lua: &Lua) {
        lua.set_app_data(Locals(self.values.clone()));
    }

    /// Loads a line as an expression, or else as statements.
    pub(super) fn load(&self, vm: &Vm, text: &str) -> std::result::Result<PromptLine, Failure> {
        match vm.load(format!("return {text}\n").as_bytes(), NAME) {
            Ok(function) => self.line(function, true),
            // An unfinished expression, such as `1 +`, is not a statement.
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
        self.apply(&function).map_err(|e| failure::from_host(&e))?;
        Ok(PromptLine { function, arguments: MultiValue::new(), is_expression })
    }
}

impl PromptScope {
    /// Makes this scope the environment of a function.
    pub(super) fn apply(&self, function: &Function) -> Result<()> {
        function.set_environment(self.environment.clone()).map(drop)
    }
}

const NAME: &str = "=prompt";

pub(super) struct PromptLine {
    pub function: Function,
    /// The table that keeps its locals, if it has any.
    pub arguments: MultiValue,
    pub is_expression: bool,
}

impl From<(Table, Table, Table)> for PromptScope {
    fn from((environment, keep, values): (Table, Table, Table)) -> Self {
        PromptScope { environment, keep, values }
    }
}
