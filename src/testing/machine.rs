//! The account that a test has, and the machines that work on it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use moonfleet_client::{Principal, SessionSettings};
use moonfleet_core::Failure;
use moonfleet_engine::Context;
use moonfleet_engine::guard::{Guard, GuardOptions, Rules, UserRules};
use moonfleet_lua::failure;
use moonfleet_lua::interrupt::Interrupt;
use moonfleet_lua::output::Output;
use moonfleet_lua::require::ScriptFolder;
use moonfleet_lua::test_output::Captured;
use moonfleet_lua::vm::Vm;
use moonfleet_report::Format;
use moonfleet_sandbox::{Clock, Sandbox};

use crate::machine;
use crate::simulation::sandbox_hooks;

/// When each test begins, whenever it runs: a Monday at noon.
const START: &str = "2026-11-23T12:00:00Z";

pub fn account() -> Sandbox {
    let start: Timestamp = START.parse().expect("a point in time");
    Sandbox::seeded_on(Clock::running_from(start))
}

/// What a machine is asked for.
#[derive(Default)]
pub struct MachineOptions {
    pub format: Format,
    pub region: Option<String>,
    pub profile: Option<String>,
    pub read_only: bool,
    pub plan: bool,
    pub asks: bool,
}

pub struct TestMachine {
    pub vm: Vm,
    pub session: Context,
    pub printed: Captured,
}

impl TestMachine {
    /// A machine whose modules are in this folder too.
    pub fn new(sandbox: &Sandbox, folder: Option<&Path>, wish: MachineOptions) -> Result<Self, Failure> {
        let rules = Rules { read_only: wish.read_only, ..Rules::default() };
        let orders = GuardOptions { rules, user: UserRules::default(), yes: !wish.asks, plan: wish.plan };
        let principal = Principal { profile: wish.profile, ..Principal::default() };
        let settings = SessionSettings { principal, region: wish.region, ..SessionSettings::default() };
        let session = Context::new(settings, sandbox_hooks(sandbox.clone()), Guard::new(orders), None);
        let output = Output { format: wish.format, pager: Some(String::new()), ..Output::default() };
        let made = || {
            let vm = machine::builder(&session).output(output).build()?;
            let printed = Captured::install(&vm)?;
            Ok((vm, printed))
        };
        let (vm, printed) = made().map_err(|e: mlua::Error| failure::from_host(&e))?;
        if let Some(folder) = folder {
            vm.lua().set_app_data(ScriptFolder(folder.to_owned()));
        }
        Ok(TestMachine { vm, session, printed })
    }

    /// Lets it be ended by Ctrl-C. The first machine of a process catches the signals.
    pub fn listen(&self, interrupt: &mut Option<Arc<Interrupt>>) -> Result<Arc<Interrupt>, Failure> {
        let lua = self.vm.lua();
        if let Some(interrupt) = interrupt {
            self.vm.or_failure(interrupt.add_machine(lua))?;
            return Ok(interrupt.clone());
        }
        let caught = Interrupt::at_prompt(lua);
        let caught = caught.map_err(|e| Failure::usage(format!("signals cannot be caught: {e}")))?;
        self.vm.or_failure(caught.reset(lua))?;
        Ok(interrupt.insert(caught).clone())
    }
}
