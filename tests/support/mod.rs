//! Runs the real binary in a clean environment, and servers for it to speak to.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod server;

use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

/// The binary with nothing of the developer's own settings in sight.
pub struct Shell {
    command: Command,
    pub home: TempDir,
}

impl Shell {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::cargo_bin("moonfleet").expect("the binary is built by the tests");
        command.env_clear().current_dir(home.path()).timeout(Duration::from_secs(120));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        Shell { command, home }
    }

    pub fn sandbox(self) -> Self {
        self.arg("--sandbox")
    }

    /// A session on a local server, with credentials that are nobody's.
    pub fn endpoint(self, url: &str) -> Self {
        self.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .env("AWS_REGION", "eu-central-1")
            .arg("--endpoint-url")
            .arg(url)
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args<A: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub fn stdin(mut self, text: &str) -> Self {
        self.command.write_stdin(text);
        self
    }

    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder in a temporary folder");
        std::fs::write(path, text).expect("a file in a temporary folder");
        self
    }

    pub fn chunk(self, lua: &str) -> Ran {
        self.arg("-e").arg(lua).run()
    }

    /// The value of an expression, as JSON.
    pub fn eval(self, expression: &str) -> serde_json::Value {
        let ran = self.args(["--output", "json", "-p", expression]).run();
        let ran = ran.code(0);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stdout))
    }

    pub fn run(mut self) -> Ran {
        let assert = self.command.assert();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let output = assert.get_output();
        Ran { stdout: text(&output.stdout), stderr: text(&output.stderr), assert, home: self.home }
    }
}

/// How a run ended.
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    assert: Assert,
    pub home: TempDir,
}

impl Ran {
    pub fn code(self, code: i32) -> Self {
        let Ran { stdout, stderr, assert, home } = self;
        Ran { assert: assert.code(code), stdout, stderr, home }
    }

    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "standard error lacks {part:?}:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn prints(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "standard output lacks {part:?}:\n{}", self.stdout);
        self
    }

    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.home.path().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }
}
