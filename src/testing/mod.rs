//! `moonfleet test`: finds test files, runs each test on its own account and Lua machine, and reports the results.
//! Tests never reach AWS.

mod answers;
mod file;
mod find;
pub mod machine;
mod tell;
mod unit;

use std::sync::Arc;
use std::time::{Duration, Instant};

use moonfleet_core::exit_code::{FAILED, WRONG_USAGE};
use moonfleet_core::{Failure, counted};
use moonfleet_lua::interrupt::Interrupt;
use wildmatch::WildMatch;

use crate::cli::{Cli, TestCommand};
use crate::contained;
use crate::settings::Settings;
use file::Test;
pub(crate) use find::TestFile;
use tell::TestReport;

/// The default time limit of a test.
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);

pub fn run(cli: &Cli, command: &TestCommand) -> Result<u8, Failure> {
    let files = find::files(&command.paths)?;
    // The tests inside the program can be trusted.
    match cli.trust || files.iter().all(|file| file.folder.is_none()) {
        true => run_files(cli, command, &files),
        false => contained::run_tests(files),
    }
}

/// Runs the tests of these files in this process.
pub(crate) fn run_files(cli: &Cli, command: &TestCommand, files: &[TestFile]) -> Result<u8, Failure> {
    let filter = Filter::parse(command.filter.as_deref());
    let style = cli.style(&Settings::default());
    let mut report = TestReport::new(cli.output.unwrap_or_default(), style, cli.verbose > 0);
    let began = Instant::now();
    let limit = cli.timeout.unwrap_or(DEFAULT_LIMIT);
    let mut interrupt = None;
    for file in files {
        let tests = match file::tests(file, &mut interrupt, limit) {
            Ok(tests) => tests,
            Err(failure) => {
                interrupted(interrupt.as_ref())?;
                report.add_broken(file, &failure)?;
                continue;
            }
        };
        let tests: Vec<Test> = tests.into_iter().filter(|test| filter.matches(file, test)).collect();
        if !tests.is_empty() {
            report.begin(file)?;
        }
        for test in &tests {
            let began = Instant::now();
            let outcome = file::run(file, test, &mut interrupt, limit);
            interrupted(interrupt.as_ref())?;
            report.add(file, test, began.elapsed(), outcome)?;
        }
    }
    report.end(began.elapsed())?;
    match (report.broken.len(), report.failed.len(), report.passed) {
        (0, 0, 0) => Err(no_tests(files, command)),
        (0, 0, _) => Ok(0),
        (0, ..) => Ok(FAILED),
        _ => Ok(WRONG_USAGE),
    }
}

/// Returns an error after Ctrl-C, which ends the whole command. A timeout ends only its test.
fn interrupted(interrupt: Option<&Arc<Interrupt>>) -> Result<(), Failure> {
    match interrupt.and_then(|interrupt| interrupt.code()) {
        Some(code) if code != moonfleet_lua::interrupt::OUT_OF_TIME => {
            Err(Failure::exited(code, "interrupted".to_owned()))
        }
        _ => Ok(()),
    }
}

fn no_tests(files: &[TestFile], command: &TestCommand) -> Failure {
    let paths: Vec<String> = command.paths.iter().map(|path| path.display().to_string()).collect();
    let place = if paths.is_empty() { "this folder".to_owned() } else { paths.join(", ") };
    Failure::usage(match &command.filter {
        Some(filter) if !files.is_empty() => {
            format!("no test in {} matches '{filter}'", counted(files.len(), "file"))
        }
        _ => format!("no tests in {place}: test files end in _test.lua; `moonfleet new NAME` creates one"),
    })
}

/// The value of `--filter`.
enum Filter {
    All,
    Part(String),
    Pattern(WildMatch),
}

impl Filter {
    fn parse(filter: Option<&str>) -> Self {
        match filter {
            None => Filter::All,
            Some(text) if text.contains(['*', '?']) => Filter::Pattern(WildMatch::new(text)),
            Some(text) => Filter::Part(text.to_owned()),
        }
    }

    fn matches(&self, file: &TestFile, test: &Test) -> bool {
        let names = [file.name.as_str(), test.name.as_str()];
        match self {
            Filter::All => true,
            Filter::Part(part) => names.iter().any(|name| name.contains(part.as_str())),
            Filter::Pattern(pattern) => names.iter().any(|name| pattern.matches(name)),
        }
    }
}
