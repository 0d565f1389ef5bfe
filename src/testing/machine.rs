//! The simulated account of a test, and the machines that use it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use moonfleet_client::{Principal, SessionSettings};
use moonfleet_core::Failure;
use moonfleet_engine::Context;
use moonfleet_engine::guard::{Guard, GuardOptions, Rules, UserRules};
use moonfleet_lua::containment::Bounds;
use moonfleet_lua::failure;
use moonfleet_lua::interrupt::Interrupt;
use moonfleet_lua::output::Output;
use moonfleet_lua::require::ScriptFolder;
use moonfleet_lua::test_output::Captured;
use moonfleet_lua::vm::Vm;
use moonfleet_report::Format;
use moonfleet_sandbox::{Clock, Sandbox};

use crate::contained::is_isolated;
use crate::machine;
use crate::simulation::sandbox_hooks;

/// The simulated time at the start of each test: a Monday at noon.
const START: &str = "2026-11-23T12:00:00Z";

/// Returns a new account whose clock runs from the start time.
pub fn account() -> Sandbox {
    let start: Timestamp = START.parse().expect("a valid timestamp");
    Sandbox::seeded_on(Clock::running_from(start))
}

/// Options of a machine.
#[derive(Default)]
pub struct MachineOptions {
    pub format: Format,
    pub region: Option<String>,
    pub profile: Option<String>,
    pub read_only: bool,
    pub plan: bool,
    /// Whether destructive calls need a confirmation. A test has no terminal, so they are refused.
    pub confirms: bool,
}

pub struct TestMachine {
    pub vm: Vm,
    pub session: Context,
    pub printed: Captured,
}

impl TestMachine {
    /// Creates a machine that also finds modules in this folder.
    pub fn new(sandbox: &Sandbox, folder: Option<&Path>, options: MachineOptions) -> Result<Self, Failure> {
        let rules = Rules { read_only: options.read_only, ..Rules::default() };
        let guard = GuardOptions { rules, user: UserRules::default(), yes: !options.confirms, plan: options.plan };
        let principal = Principal { profile: options.profile, ..Principal::default() };
        let settings = SessionSettings { principal, region: options.region, ..SessionSettings::default() };
        let session = Context::new(settings, sandbox_hooks(sandbox.clone()), Guard::new(guard), None);
        let output = Output { format: options.format, pager: Some(String::new()), ..Output::default() };
        let bounds = Bounds { contained: is_isolated(), ..Bounds::default() };
        let build = || {
            let vm = machine::builder(&session).output(output).bounds(bounds).build()?;
            let printed = Captured::install(&vm)?;
            Ok((vm, printed))
        };
        let (vm, printed) = build().map_err(|e: mlua::Error| failure::from_host(&e))?;
        if let Some(folder) = folder {
            vm.lua().set_app_data(ScriptFolder(folder.to_owned()));
        }
        Ok(TestMachine { vm, session, printed })
    }

    /// Lets Ctrl-C end the machine. The first machine of a process catches the signals.
    pub fn listen(&self, interrupt: &mut Option<Arc<Interrupt>>) -> Result<Arc<Interrupt>, Failure> {
        let lua = self.vm.lua();
        if let Some(interrupt) = interrupt {
            self.vm.or_failure(interrupt.add_machine(lua))?;
            return Ok(interrupt.clone());
        }
        let caught = Interrupt::at_prompt(lua);
        let caught = caught.map_err(|e| Failure::usage(format!("cannot catch signals: {e}")))?;
        self.vm.or_failure(caught.reset(lua))?;
        Ok(interrupt.insert(caught).clone())
    }
}
