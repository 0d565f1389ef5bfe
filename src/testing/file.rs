//! The tests of a file, by LuaUnit's conventions: functions whose names begin with `test`, in the table that the file
//! returns or as globals, and in tables of such functions whose names begin with `Test`. `set_up` and `tear_down`
//! run before and after each test.

use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::{Either, select};
use mlua::{Function, MultiValue, Table, Value};
use moonfleet_core::exit_code::FAILED;
use moonfleet_core::{Failure, exit_hooks};
use moonfleet_lua::interrupt::{Interrupt, OUT_OF_TIME};
use moonfleet_lua::test_output::Stderr;

use crate::failure_report::report_failure;

use super::answers::AnswerFunctions;
use super::find::TestFile;
use super::machine::{MachineOptions, TestMachine, account};
use super::unit;

/// A test: `test_x` or `TestY.test_x`, in the table that the file returns or among the globals.
pub(super) struct Test {
    pub name: String,
    suite: Option<String>,
    function: String,
    is_global: bool,
    line: usize,
}

/// The failure of a test.
pub(super) struct TestFailure {
    pub failure: Failure,
    /// Its standard output, then standard error.
    pub output: String,
}

const SET_UP: [&str; 2] = ["set_up", "setUp"];
const TEAR_DOWN: [&str; 2] = ["tear_down", "tearDown"];

/// Returns the tests in the order of their lines.
pub(super) fn tests(
    file: &TestFile,
    interrupt: &mut Option<Arc<Interrupt>>,
    limit: Duration,
) -> Result<Vec<Test>, Failure> {
    let loaded = Loaded::new(file, interrupt, limit)?;
    let vm = &loaded.machine.vm;
    let mut tests = Vec::new();
    for (root, is_global) in [(loaded.returned.as_ref(), false), (Some(&vm.lua().globals()), true)] {
        if let Some(root) = root {
            vm.or_failure(collect(root, None, is_global, &mut tests))?;
        }
    }
    if tests.is_empty() {
        let problem = "no tests: a test file returns a table of functions whose names begin with test_";
        return Err(Failure::usage(problem));
    }
    tests.sort_by(|a, b| (a.line, &a.name).cmp(&(b.line, &b.name)));
    Ok(tests)
}

fn collect(table: &Table, suite: Option<&str>, is_global: bool, tests: &mut Vec<Test>) -> mlua::Result<()> {
    for pair in table.pairs::<Value, Value>() {
        let (Value::String(name), value) = pair? else { continue };
        let function = name.to_string_lossy();
        match value {
            Value::Function(code) if function.starts_with("test") => tests.push(Test {
                name: suite.map_or_else(|| function.clone(), |suite| format!("{suite}.{function}")),
                suite: suite.map(str::to_owned),
                line: code.info().line_defined.unwrap_or_default(),
                function,
                is_global,
            }),
            Value::Table(inner) if suite.is_none() && function.starts_with("Test") => {
                collect(&inner, Some(&function), is_global, tests)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Runs one test on a new account and a new machine.
pub(super) fn run(
    file: &TestFile,
    test: &Test,
    interrupt: &mut Option<Arc<Interrupt>>,
    limit: Duration,
) -> Result<(), TestFailure> {
    Stderr::keep(Some(Vec::new()));
    let loaded = Loaded::new(file, interrupt, limit);
    let done = match &loaded {
        Ok(loaded) => loaded.run(test),
        Err(_) => Ok(()),
    };
    let stderr = Stderr::keep(None).unwrap_or_default();
    let (loaded, done) = match loaded {
        Ok(loaded) => (Some(loaded), done),
        Err(failure) => (None, Err(failure)),
    };
    done.map_err(|failure| {
        let mut output = loaded.map(|loaded| loaded.machine.printed.text()).unwrap_or_default();
        output += &String::from_utf8_lossy(&stderr);
        TestFailure { failure, output }
    })
}

/// A test file whose chunk has run.
struct Loaded {
    machine: TestMachine,
    answers: Rc<AnswerFunctions>,
    interrupt: Arc<Interrupt>,
    limit: Duration,
    returned: Option<Table>,
}

impl Loaded {
    fn new(file: &TestFile, interrupt: &mut Option<Arc<Interrupt>>, limit: Duration) -> Result<Self, Failure> {
        let sandbox = account();
        let machine = TestMachine::new(&sandbox, file.folder.as_deref(), MachineOptions::default())?;
        let interrupt = machine.listen(interrupt)?;
        let answers = Rc::new(AnswerFunctions::new(machine.vm.lua()));
        let installed = unit::install(&machine.vm, &sandbox, file.folder.as_deref(), &interrupt, &answers);
        machine.vm.or_failure(installed)?;
        let chunk = machine.vm.load(&file.source, &format!("@{}", file.name))?;
        let mut loaded = Loaded { machine, answers, interrupt, limit, returned: None };
        let results = loaded.wait(chunk, MultiValue::new())?;
        loaded.returned = results.front().and_then(Value::as_table).cloned();
        Ok(loaded)
    }

    fn run(&self, test: &Test) -> Result<(), Failure> {
        let vm = &self.machine.vm;
        let root = if test.is_global { Some(vm.lua().globals()) } else { self.returned.clone() };
        let suite = root.and_then(|root| match &test.suite {
            Some(suite) => root.get::<Option<Table>>(suite.as_str()).ok().flatten(),
            None => Some(root),
        });
        let gone = || Failure::failed(format!("{} does not exist in every run of the file", test.name));
        let suite = suite.ok_or_else(gone)?;
        let function: Function =
            suite.get::<Option<Function>>(test.function.as_str()).ok().flatten().ok_or_else(gone)?;
        let around =
            |names: [&str; 2]| names.into_iter().find_map(|name| suite.get::<Option<Function>>(name).ok().flatten());
        let call =
            |function: Function| self.wait(function, MultiValue::from_iter([Value::Table(suite.clone())])).map(drop);
        let done = around(SET_UP).map_or(Ok(()), call).and_then(|()| call(function));
        // Also after a failure.
        let down = around(TEAR_DOWN).map_or(Ok(()), call);
        done.and(down)
    }

    /// Runs a function until it ends or its time is up.
    fn wait(&self, function: Function, arguments: MultiValue) -> Result<MultiValue, Failure> {
        let vm = &self.machine.vm;
        vm.or_failure(self.interrupt.reset(vm.lua()))?;
        let work = async {
            match select(pin!(vm.run(function, arguments)), pin!(self.answers.serve())).await {
                Either::Left((done, _)) => done,
                Either::Right((never, _)) => match never {},
            }
        };
        let _deadline = Deadline::start(self.limit);
        let done = block_on(self.interrupt.guard_line_for(Some(self.limit), work));
        let done = done.map_err(|e| Failure::failed(format!("cannot measure its time: {e}")))?;
        match (done, self.interrupt.code()) {
            (Some(done), None) => done,
            (_, Some(OUT_OF_TIME)) => {
                Err(Failure::failed(format!("the test exceeded its time limit of {:?}; raise --timeout", self.limit)))
            }
            _ => Err(Failure::failed("interrupted")),
        }
    }
}

/// The time that a test may still take after its time limit, to react to the error.
const GRACE: Duration = Duration::from_millis(500);

/// Ends the process if a test does not end by itself, because it is in a function that nothing can interrupt.
/// Dropped when the test ends.
struct Deadline {
    _has_ended: mpsc::Sender<()>,
}

impl Deadline {
    fn start(limit: Duration) -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            if receiver.recv_timeout(limit + GRACE) == Err(mpsc::RecvTimeoutError::Timeout) {
                report_failure(&Failure::failed(format!(
                    "a test exceeded its time limit of {limit:?} in a function that cannot be interrupted; the tests \
                     after it were not run"
                )));
                exit_hooks::exit(FAILED.into());
            }
        });
        Deadline { _has_ended: sender }
    }
}
