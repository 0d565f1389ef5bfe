//! `moonfleet test`: finds files of tests, runs each test on an account and a machine of its own,
//! and tells of them. Nothing of it reaches AWS.

mod file;
mod find;
pub mod machine;
mod tell;
mod unit;

use std::sync::Arc;
use std::time::{Duration, Instant};

use moonfleet_core::Failure;
use moonfleet_core::exit_code::{FAILED, WRONG_USAGE};
use moonfleet_lua::interrupt::Interrupt;
use wildmatch::WildMatch;

use crate::cli::{Cli, TestCommand};
use crate::settings::Settings;
use file::Test;
use find::TestFile;
use tell::Teller;

/// How long a test may take, where nobody says.
const LIMIT: Duration = Duration::from_secs(60);

pub fn run(cli: &Cli, command: &TestCommand) -> Result<u8, Failure> {
    let files = find::files(&command.paths)?;
    let filter = Filter::parse(command.filter.as_deref());
    let style = cli.style(&Settings::default());
    let mut teller = Teller::new(cli.output.unwrap_or_default(), style, cli.verbose > 0);
    let began = Instant::now();
    let limit = cli.timeout.unwrap_or(LIMIT);
    let mut interrupt = None;
    for file in &files {
        let tests = match file::tests(file, &mut interrupt, limit) {
            Ok(tests) => tests,
            Err(failure) => {
                interrupted(interrupt.as_ref())?;
                teller.broken(file, &failure)?;
                continue;
            }
        };
        let tests: Vec<Test> = tests.into_iter().filter(|test| filter.has(file, test)).collect();
        if !tests.is_empty() {
            teller.begin(file)?;
        }
        for test in &tests {
            let began = Instant::now();
            let outcome = file::run(file, test, &mut interrupt, limit);
            interrupted(interrupt.as_ref())?;
            teller.ran(file, test, began.elapsed(), outcome)?;
        }
    }
    teller.end(began.elapsed())?;
    match (teller.broken.len(), teller.failed.len(), teller.passed) {
        (0, 0, 0) => Err(nothing(&files, command)),
        (0, 0, _) => Ok(0),
        (0, ..) => Ok(FAILED),
        _ => Ok(WRONG_USAGE),
    }
}

/// Ctrl-C ends all of them; the end of its time ends a test.
fn interrupted(interrupt: Option<&Arc<Interrupt>>) -> Result<(), Failure> {
    match interrupt.and_then(|interrupt| interrupt.code()) {
        Some(code) if code != moonfleet_lua::interrupt::OUT_OF_TIME => {
            Err(Failure::exited(code, "interrupted".to_owned()))
        }
        _ => Ok(()),
    }
}

fn nothing(files: &[TestFile], command: &TestCommand) -> Failure {
    let paths: Vec<String> = command.paths.iter().map(|path| path.display().to_string()).collect();
    let place = if paths.is_empty() { "this folder".to_owned() } else { paths.join(", ") };
    Failure::usage(match &command.filter {
        Some(filter) if !files.is_empty() => {
            format!("of the tests in {} files none is called '{filter}'", files.len())
        }
        _ => format!("there are no tests in {place}: their files end in _test.lua; `moonfleet new NAME` begins one"),
    })
}

/// What `--filter` says.
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

    fn has(&self, file: &TestFile, test: &Test) -> bool {
        let names = [file.name.as_str(), test.name.as_str()];
        match self {
            Filter::All => true,
            Filter::Part(part) => names.iter().any(|name| name.contains(part.as_str())),
            Filter::Pattern(pattern) => names.iter().any(|name| pattern.matches(name)),
        }
    }
}
