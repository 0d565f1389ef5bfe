//! The report of test results: on a terminal as each test ends, in other formats as rows at the end.

use std::io::{self, Write};
use std::time::Duration;

use moonfleet_core::{Failure, Map, Value, counted};
use moonfleet_lua::failure;
use moonfleet_report::{Format, Layout, Style, render_with};

use super::file::{Test, TestFailure};
use super::find::TestFile;

pub(super) struct TestReport {
    format: Format,
    style: Style,
    /// Whether each test is listed by name instead of a dot.
    lists_names: bool,
    rows: Vec<Value>,
    files: usize,
    /// Whether the current line consists of dots and has no line break yet.
    is_open: bool,
    pub passed: usize,
    pub failed: Vec<String>,
    pub broken: Vec<String>,
}

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

impl TestReport {
    pub(super) fn new(format: Format, style: Style, lists_names: bool) -> Self {
        let (rows, files, is_open, passed, failed, broken) = Default::default();
        TestReport { format, style, lists_names, rows, files, is_open, passed, failed, broken }
    }

    /// Begins the results of a file.
    pub(super) fn begin(&mut self, file: &TestFile) -> Result<(), Failure> {
        self.close()?;
        self.files += 1;
        self.is_open = !self.lists_names;
        let end = if self.lists_names { "\n" } else { " " };
        self.print(&format!("{}{end}", file.name))
    }

    /// Adds the result of a test.
    pub(super) fn add(
        &mut self,
        file: &TestFile,
        test: &Test,
        took: Duration,
        outcome: Result<(), TestFailure>,
    ) -> Result<(), Failure> {
        let (status, mark) = if outcome.is_ok() { ("passed", ".") } else { ("failed", "F") };
        let color = if outcome.is_ok() { GREEN } else { RED };
        let line = match self.lists_names {
            true => format!("  {}  {} ({:.1} s)\n", self.colored(color, status), test.name, took.as_secs_f64()),
            false => self.colored(color, mark),
        };
        let mut detail = String::new();
        match outcome {
            Ok(()) => self.passed += 1,
            Err(TestFailure { failure, output }) => {
                detail = failure.to_string();
                let mut problem = format!("{}\n{}", self.title("FAILED", &file.name, &test.name), indented(&detail));
                if !output.trim().is_empty() {
                    problem += &format!("  output:\n{}", indented(&indented(&output)));
                }
                self.failed.push(problem);
            }
        }
        self.row(&file.name, &test.name, status, took, &detail);
        self.print(&line)
    }

    /// Adds a file that did not load.
    pub(super) fn add_broken(&mut self, file: &TestFile, failure: &Failure) -> Result<(), Failure> {
        self.begin(file)?;
        let detail = failure.to_string();
        self.broken.push(format!("{}\n{}", self.title("NOT LOADED", &file.name, ""), indented(&detail)));
        self.row(&file.name, "", "not loaded", Duration::ZERO, &detail);
        self.print(&format!("{}{}", if self.lists_names { "  " } else { "" }, self.colored(RED, "not loaded\n")))?;
        self.is_open = false;
        Ok(())
    }

    /// Prints the failures and the totals.
    pub(super) fn end(&mut self, took: Duration) -> Result<(), Failure> {
        self.close()?;
        if self.format != Format::Table {
            let rows = Value::List(std::mem::take(&mut self.rows));
            return write_result(render_with(&rows, &Layout::default(), self.format, &self.style, &mut io::stdout()));
        }
        let (failed, broken) = (self.failed.len(), self.broken.len());
        if self.passed + failed + broken == 0 {
            return Ok(());
        }
        for problem in self.broken.iter().chain(&self.failed) {
            self.print(&format!("\n{problem}"))?;
        }
        let mut parts = vec![format!("{} passed", self.passed)];
        if failed > 0 {
            parts.push(format!("{failed} failed"));
        }
        if broken > 0 {
            parts.push(format!("{} not loaded", counted(broken, "file")));
        }
        let color = if failed + broken == 0 { GREEN } else { RED };
        let counts = self.colored(color, &parts.join(", "));
        let (tests, files) = (counted(self.passed + failed, "test"), counted(self.files, "file"));
        self.print(&format!("\n{tests} in {files}: {counts} ({:.1} s)\n", took.as_secs_f64()))
    }

    /// Ends a line of dots.
    fn close(&mut self) -> Result<(), Failure> {
        if std::mem::take(&mut self.is_open) { self.print("\n") } else { Ok(()) }
    }

    fn title(&self, status: &str, file: &str, test: &str) -> String {
        let colon = if test.is_empty() { "" } else { ": " };
        format!("{} {file}{colon}{test}", self.colored(RED, status))
    }

    fn colored(&self, color: &str, text: &str) -> String {
        if self.style.color { format!("{color}{text}{PLAIN}") } else { text.to_owned() }
    }

    fn row(&mut self, file: &str, test: &str, status: &str, took: Duration, detail: &str) {
        let mut row = Map::default();
        for (name, value) in [("file", file), ("test", test), ("status", status)] {
            row.0.push((name.to_owned(), Value::from(value)));
        }
        let seconds = (took.as_secs_f64() * 1000.0).round() / 1000.0;
        row.0.push(("seconds".to_owned(), Value::Float(seconds)));
        row.0.push(("detail".to_owned(), Value::from(detail)));
        self.rows.push(Value::Map(row));
    }

    fn print(&self, text: &str) -> Result<(), Failure> {
        if self.format != Format::Table {
            return Ok(());
        }
        let mut out = io::stdout();
        write_result(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }
}

fn write_result(done: io::Result<()>) -> Result<(), Failure> {
    done.map_err(|e| failure::from_host(&moonfleet_lua::output::failed(e)))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
