//! Runs the real binary in a clean environment, and provides servers for it.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod browser;
pub(crate) mod fleet;
pub(crate) mod instance_page;
pub(crate) mod moto;
pub(crate) mod proxy;
pub(crate) mod scripts;
pub(crate) mod server;
pub(crate) mod smtp;
pub(crate) mod tls;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longer than any test takes on a busy machine, and short enough to end a hang.
const DEADLINE: Duration = Duration::from_secs(300);

/// Held by tests that measure many processes, so that they do not measure each other.
pub(crate) static MEASURED: Mutex<()> = Mutex::new(());

/// The environment variables that a test inherits: the path, and the clock and time zone of `.ci/at`.
const SURROUNDINGS: [&str; 7] =
    ["PATH", "TZ", "LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC", "FAKETIME_SHARED", "NO_FAKE_STAT"];

/// A command that runs the binary, without the developer's own settings.
pub(crate) struct Shell {
    command: Command,
    stdin: String,
    pub home: TempDir,
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self::program(binary())
    }

    /// Uses the home of an earlier run.
    pub(crate) fn at(home: TempDir) -> Self {
        Self::program_at(binary(), home)
    }

    /// Runs another program in the same environment.
    pub(crate) fn program(program: impl AsRef<OsStr>) -> Self {
        Self::program_at(program, tempfile::tempdir().expect("a temporary folder"))
    }

    fn program_at(program: impl AsRef<OsStr>, home: TempDir) -> Self {
        let mut command = Command::new(program);
        command.env_clear().current_dir(home.path());
        command.envs(SURROUNDINGS.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        Shell { command, stdin: String::new(), home }
    }

    pub(crate) fn sandbox(self) -> Self {
        self.arg("--sandbox")
    }

    /// Sets fake credentials and a region.
    pub(crate) fn credentials(self) -> Self {
        self.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .env("AWS_REGION", "eu-central-1")
    }

    /// Sends all calls to a local server.
    pub(crate) fn endpoint(self, url: &str) -> Self {
        self.credentials().arg("--endpoint-url").arg(url)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in another folder than the home.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.to_owned();
        self
    }

    /// Writes a file into the working directory, which is also the home.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder in a temporary folder");
        std::fs::write(path, text).expect("a file in a temporary folder");
        self
    }

    /// Writes a script, and runs it.
    pub(crate) fn script(self, lua: &str) -> Ran {
        self.file("script.lua", lua).arg("script.lua").run()
    }

    pub(crate) fn chunk(self, lua: &str) -> Ran {
        self.arg("-e").arg(lua).run()
    }

    /// Returns the value of an expression, as JSON.
    pub(crate) fn eval(self, expression: &str) -> Value {
        self.args(["--output", "json", "-p", expression]).run().code(0).json()
    }

    /// Returns the result of a chunk, as JSON.
    pub(crate) fn returned(self, lua: &str) -> Value {
        self.eval(&format!("(function()\n{lua}\nend)()"))
    }

    pub(crate) fn run(self) -> Ran {
        let mut command = assert_cmd::Command::from_std(self.command);
        let output = command.timeout(DEADLINE).write_stdin(self.stdin).output().expect("the program starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code(), home: self.home }
    }

    /// Starts the program with pipes, for tests that do not read to the end.
    pub(crate) fn spawn(mut self) -> (Child, TempDir) {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        (self.command.spawn().expect("the program starts"), self.home)
    }

    /// Returns the command of another program in the same environment. Its arguments are these words, then the program
    /// with its own arguments.
    pub(crate) fn through(self, program: &str, args: &[&str]) -> (Command, TempDir) {
        let mut other = Command::new(program);
        other.env_clear().envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        other.args(args).arg(self.command.get_program()).args(self.command.get_args());
        other.current_dir(self.home.path());
        (other, self.home)
    }

    /// Returns the command, to be started in another way.
    pub(crate) fn into_command(self) -> (Command, TempDir) {
        (self.command, self.home)
    }
}

/// A command that runs the binary with `--sandbox`.
pub(crate) fn sandbox() -> Shell {
    Shell::new().sandbox()
}

pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_moonfleet"))
}

pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns a PATH with a folder in which the binary is called `moonfleet`.
#[cfg(unix)]
pub(crate) fn path_with_binary(folder: &Path) -> std::ffi::OsString {
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).expect("a folder in a temporary folder");
    std::os::unix::fs::symlink(binary(), bin.join("moonfleet")).expect("a link in a temporary folder");
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&rest))).expect("a path without colons")
}

/// Returns the Lua files of a folder and its subfolders, by their relative paths.
pub(crate) fn lua_files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder of the repository or of the test") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "lua") {
                files.insert(path.strip_prefix(folder).expect("it is in the folder").to_owned());
            }
        }
    }
    files
}

/// Waits for a condition outside of this thread. Panics with the problem at the deadline, which only ends a hang.
#[track_caller]
pub(crate) fn wait_until(problem: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < DEADLINE, "{problem}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Reports why a test is skipped. Bypasses the test harness, which hides the output of passing tests.
pub(crate) fn skipped(reason: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "skipped: {reason}").expect("standard error is open");
}

/// The result of a run.
pub(crate) struct Ran {
    pub stdout: String,
    pub stderr: String,
    /// `None` if a signal ended the run.
    code: Option<i32>,
    pub home: TempDir,
}

impl Ran {
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "the exit code\n--- standard output\n{}\n--- standard error\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Whether the exit code is this one, for tests with their own message.
    pub(crate) fn ended_with(&self, code: i32) -> bool {
        self.code == Some(code)
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "standard error lacks {part:?}:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn never_says(self, part: &str) -> Self {
        assert!(!self.stderr.contains(part), "standard error has {part:?}:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "standard output lacks {part:?}:\n{}", self.stdout);
        self
    }

    /// Compares the whole standard output.
    #[track_caller]
    pub(crate) fn printed(self, text: &str) -> Self {
        assert_eq!(self.stdout, text, "--- standard error\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn quiet(self) -> Self {
        assert_eq!(self.stderr, "", "standard error must be empty");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }

    #[track_caller]
    pub(crate) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.home.path().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }
}
