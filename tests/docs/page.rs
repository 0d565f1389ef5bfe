//! Runs the code blocks of a page.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::markdown::{Block, Page};
use crate::shown::compare;
use crate::support::{Shell, binary, skipped};
use crate::updates;

const INCOMPLETE: i32 = 3;
const DEADLINE: Duration = Duration::from_secs(120);

/// The reader's home folder and program in the output blocks.
const HOME: &str = "/home/ops";
const PROGRAM: &str = "/usr/local/bin/moonfleet";

/// The time in the sandbox, so that the output is the same every day.
const NOW: &str = "2026-01-31T07:00:00Z";

/// The working directory of a page's commands, with the program on their path.
struct Folder {
    home: TempDir,
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs a page and returns its failures, each with its line.
pub(crate) fn run(page: &Page) -> Vec<String> {
    let folder = Folder::new();
    let mut wrong = Vec::new();
    let mut written = page.text.clone();
    let mut last_output = String::new();
    for (at, block) in page.blocks.iter().enumerate() {
        let later = &page.blocks[at + 1..];
        let result = match block.language.as_str() {
            "sh" => folder.commands(block),
            "console" => folder.session(block).and_then(|output| shows(block, &output, &mut written)),
            // `tests/wire/cookbook.rs` runs them, and compares the output.
            "lua" | "output" if is_on_moto(&page.blocks[..=at]) => Ok(()),
            "lua" if block.name.is_empty() => folder.script(block).map(|printed| last_output = printed),
            "lua" => folder.file(block, later),
            "output" => shows(block, &folder.as_shown(&last_output), &mut written),
            "toml" => folder.settings(block),
            "ini" => folder.shared_configuration(block),
            "crontab" => folder.crontab(block),
            "json" => serde_json::from_str::<serde_json::Value>(&block.text).map(drop).map_err(|e| e.to_string()),
            "python" => python(block),
            "text" | "mermaid" => Ok(()),
            other => Err(format!("unknown language '{other}' of a code block")),
        };
        if let Err(why) = result {
            wrong.push(format!("{}:{}: {why}\n", page.name(), block.line));
        }
    }
    if written != page.text {
        fs::write(&page.file, written).expect("the page can be written");
    }
    wrong
}

/// Whether the last script of these blocks needs services that the sandbox does not simulate.
fn is_on_moto(blocks: &[Block]) -> bool {
    blocks.iter().rfind(|block| block.language == "lua").is_some_and(|script| script.name == "moto")
}

/// Compares the output, or writes it to the page if golden files are updated.
fn shows(block: &Block, printed: &str, page: &mut String) -> Result<(), String> {
    match compare(&block.text, printed) {
        Err(_) if updates() => {
            let block_of = |text: &str| format!("```{}\n{}\n```\n", block.language, text.trim_end());
            *page = page.replacen(&block_of(&block.text), &block_of(printed), 1);
            Ok(())
        }
        compared => compared,
    }
}

/// Returns the lines of a block. A line that ends with a backslash continues in the next one.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", "");
    let lines = joined.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !is_of_the_repository(line))
        .map(str::to_owned)
        .collect()
}

/// Returns whether a command builds or checks the repository itself; variables may precede it.
fn is_of_the_repository(command: &str) -> bool {
    let word = command.split(' ').find(|word| !word.contains('='));
    word.is_some_and(|word| {
        word == "cargo" || word.starts_with(".ci/") || word.starts_with("docs/") || word.starts_with("benches/")
    })
}

impl Folder {
    fn new() -> Self {
        let folder = Folder { home: tempfile::tempdir().expect("a temporary folder") };
        let program = folder.home.path().join("bin/moonfleet");
        fs::create_dir_all(folder.home.path().join("bin")).expect("a folder in a temporary folder");
        let text = format!(
            "#!/bin/sh\ncase \" $* \" in\n\
             ' --sandbox '*) set -- --sandbox-now '{NOW}' \"$@\" ;;\n\
             *' --sandbox '*) ;;\n\
             *) set -- --sandbox --sandbox-now '{NOW}' \"$@\" ;;\nesac\nexec '{}' \"$@\"\n",
            binary().display()
        );
        fs::write(&program, text).expect("a file in a temporary folder");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
        folder
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn sh(&self, command: &str) -> Ran {
        let path = std::env::join_paths(
            [self.path().join("bin")]
                .into_iter()
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
        );
        let (mut sh, _) = Shell::program("sh").into_command();
        sh.current_dir(self.path())
            .env("HOME", self.path())
            .env("TZ", "UTC")
            .env("PATH", path.expect("a path without colons"));
        sh.args(["-c", command]);
        let output = assert_cmd::Command::from_std(sh).timeout(DEADLINE).output().expect("sh starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Replaces the paths of the test by those that the pages show.
    fn as_shown(&self, printed: &str) -> String {
        let program = self.path().join("bin/moonfleet");
        let printed = printed.replace(&*program.to_string_lossy(), PROGRAM);
        let printed = printed.replace(&*binary().to_string_lossy(), PROGRAM);
        printed.replace(&*self.path().to_string_lossy(), HOME)
    }

    /// Checks that every command succeeds, or fails with the error in its comment.
    fn commands(&self, block: &Block) -> Result<(), String> {
        for line in commands(&block.text) {
            let (command, complaint) =
                line.split_once(" # ").map_or((line.as_str(), None), |(c, comment)| (c, Some(comment.trim())));
            let ran = self.sh(command);
            let as_expected = match complaint {
                Some(complaint) => !ran.is_well() && ran.stderr.contains(complaint),
                None => ran.is_well(),
            };
            if !as_expected {
                return Err(format!("{command}\n{}", ran.report()));
            }
        }
        Ok(())
    }

    /// Returns the block of a shell session with the actual output of its commands.
    fn session(&self, block: &Block) -> Result<String, String> {
        let shows_failure = block.text.lines().any(|line| line.starts_with("moonfleet: "));
        let mut session = String::new();
        let mut lines = block.text.lines();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix("$ ") else { continue };
            session += &format!("{line}\n");
            let mut command = first.to_owned();
            while command.ends_with('\\')
                && let Some(more) = lines.next()
            {
                session += &format!("{more}\n");
                command = format!("{}{more}", command.trim_end_matches('\\'));
            }
            let ran = self.sh(&format!("exec 2>&1\n{command}"));
            if !ran.is_well() && !shows_failure {
                return Err(format!("{command}\n{}", ran.report()));
            }
            // `schedule` repeats the options of its command, and every command here runs with --sandbox.
            let repeats = command.contains(" schedule ") && !command.contains(" --sandbox ");
            let printed = if repeats { ran.stdout.replace(" --sandbox ", " ") } else { ran.stdout };
            session += &self.as_shown(&printed);
            if !session.ends_with('\n') {
                session.push('\n');
            }
        }
        Ok(session)
    }

    /// Runs a script and returns its output.
    fn script(&self, block: &Block) -> Result<String, String> {
        fs::write(self.path().join("block.lua"), &block.text).map_err(|e| e.to_string())?;
        let ran = self.sh("moonfleet block.lua");
        if ran.code == Some(0) { Ok(ran.stdout) } else { Err(format!("{}{}", block.text, ran.report())) }
    }

    fn file(&self, block: &Block, later: &[Block]) -> Result<(), String> {
        let stem = block.name.trim_end_matches(".lua");
        let uses = |text: &str| text.contains(stem) || stem.ends_with("_test") && text.contains("moonfleet test");
        if !later.iter().any(|block| uses(&block.text)) {
            return Err(format!("nothing below uses {}", block.name));
        }
        self.write(&block.name, &block.text)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap_or(self.path())).map_err(|e| e.to_string())?;
        fs::write(file, text).map_err(|e| e.to_string())
    }

    /// Checks settings in a separate home folder, so that they do not affect other blocks.
    fn settings(&self, block: &Block) -> Result<(), String> {
        let other = Folder::new();
        other.write(".config/moonfleet/settings.toml", &block.text)?;
        other.succeeds("moonfleet -e 'print(1)'")
    }

    fn shared_configuration(&self, block: &Block) -> Result<(), String> {
        self.write(".aws/config", &block.text)?;
        let named = block.text.lines().filter_map(|line| line.trim().strip_prefix("[profile ")?.strip_suffix(']'));
        for profile in named {
            self.succeeds(&format!(
                "moonfleet --profile {profile} -e 'assert(aws.session {{ profile = \"{profile}\" }})'"
            ))?;
        }
        Ok(())
    }

    fn crontab(&self, block: &Block) -> Result<(), String> {
        for line in commands(&block.text) {
            let is_setting =
                line.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
            if is_setting {
                continue;
            }
            let mut rest = line.as_str();
            for _ in 0..5 {
                let (field, after) =
                    rest.split_once(' ').ok_or_else(|| format!("{line}: no command after five fields"))?;
                if !field.chars().all(|c| c.is_ascii_alphanumeric() || "*,-/".contains(c)) {
                    return Err(format!("{line}: '{field}' is not a field of a crontab"));
                }
                rest = after.trim_start();
            }
            // Cron ends a command at a bare percent sign.
            if rest.replace("\\%", "").contains('%') {
                return Err(format!("{line}: write \\% instead of %"));
            }
            self.succeeds(&rest.replace("\\%", "%").replace(PROGRAM, "moonfleet"))?;
        }
        Ok(())
    }

    fn succeeds(&self, command: &str) -> Result<(), String> {
        let ran = self.sh(command);
        if ran.is_well() { Ok(()) } else { Err(format!("{command}\n{}", ran.report())) }
    }
}

impl Ran {
    fn is_well(&self) -> bool {
        self.code == Some(0) || self.code == Some(INCOMPLETE)
    }

    fn report(&self) -> String {
        let code = self.code.map_or("a signal".to_owned(), |code| code.to_string());
        format!("ended with {code}\n--- standard output\n{}--- standard error\n{}", self.stdout, self.stderr)
    }
}

/// Checks the syntax of a Python block. Python blocks show other tools and are not run.
fn python(block: &Block) -> Result<(), String> {
    let parse = ["-c", "import ast, sys; ast.parse(sys.argv[1])", &block.text];
    match Command::new("python3").args(parse).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(e) => {
            skipped(&format!("python3 does not start: {e}"));
            Ok(())
        }
    }
}
