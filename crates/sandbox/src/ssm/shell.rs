//! A small `sh`: quotes, variables, `$(…)`, pipes, lists, redirections to files.
//!
//! It implements the syntax; the caller supplies the programs. Unsupported syntax (loops,
//! conditions, here-documents) is refused by name, since a script that only seems to work is worse
//! than an error.

mod parse;

use std::collections::BTreeMap;

use jiff::SignedDuration;

use parse::{Joint, Part, Pipeline, Redirection, Refusal, ShellCommand, Step, Word};

/// The result of a program.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ProgramResult {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    pub took: SignedDuration,
}

impl ProgramResult {
    pub(crate) fn ok(stdout: impl Into<String>) -> ProgramResult {
        ProgramResult { stdout: stdout.into(), ..ProgramResult::default() }
    }

    pub(crate) fn failed(code: i32, stderr: impl Into<String>) -> ProgramResult {
        ProgramResult { stderr: stderr.into(), code, ..ProgramResult::default() }
    }
}

/// Runs a program with arguments and input; returns `None` if the program does not exist.
pub(super) type Programs<'a> = &'a dyn Fn(&[String], &str) -> Option<ProgramResult>;

/// Runs `script`. Returns the status of the last command, like `sh`.
pub(super) fn run(programs: Programs<'_>, script: &str) -> ProgramResult {
    let mut shell = Shell {
        programs,
        variables: BTreeMap::new(),
        status: 0,
        stop_on_error: false,
        exited: false,
        ran: ProgramResult::default(),
    };
    shell.run_script(script);
    shell.ran.code = shell.status;
    shell.ran
}

struct Shell<'a> {
    programs: Programs<'a>,
    variables: BTreeMap<String, String>,
    status: i32,
    stop_on_error: bool,
    exited: bool,
    ran: ProgramResult,
}

impl Shell<'_> {
    fn run_script(&mut self, script: &str) {
        let lists = match parse::parse(script) {
            Ok(lists) => lists,
            Err(Refusal { line, message }) => {
                self.ran.stderr.push_str(&format!("sh: {line}: {message}\n"));
                self.status = 2;
                return;
            }
        };
        let mut lists = lists.into_iter().peekable();
        while let Some(Step { joint, pipeline }) = lists.next() {
            let due = match joint {
                Joint::Always => true,
                Joint::And => self.status == 0,
                Joint::Or => self.status != 0,
            };
            if !due {
                continue;
            }
            self.run_pipeline(&pipeline);
            let tested = lists.peek().is_some_and(|next| next.joint != Joint::Always);
            let failed = self.status != 0 && !pipeline.negated && !tested;
            if self.exited || (failed && self.stop_on_error) {
                return;
            }
        }
    }

    fn run_pipeline(&mut self, pipeline: &Pipeline) {
        let mut input = String::new();
        for command in &pipeline.commands {
            let mut ran = self.run_command(command, &input);
            command.redirect(&mut ran);
            self.ran.stderr.push_str(&ran.stderr);
            self.ran.took = self.ran.took.saturating_add(ran.took);
            self.status = ran.code;
            input = ran.stdout;
        }
        self.ran.stdout.push_str(&input);
        if pipeline.negated {
            self.status = i32::from(self.status == 0);
        }
    }

    fn run_command(&mut self, command: &ShellCommand, input: &str) -> ProgramResult {
        let mut took = SignedDuration::ZERO;
        let mut words: Vec<String> = Vec::new();
        for word in &command.words {
            let (text, spent) = self.expand(word);
            took = took.saturating_add(spent);
            // An unquoted empty expansion is no argument.
            if !text.is_empty() || word.quoted {
                words.push(text);
            }
        }
        let mut ran = self.run_words(&mut words, command.line, input);
        ran.took = ran.took.saturating_add(took);
        ran
    }

    fn run_words(&mut self, words: &mut Vec<String>, line: usize, input: &str) -> ProgramResult {
        while let Some((name, value)) = words.first().and_then(|word| assignment(word)) {
            self.variables.insert(name, value);
            words.remove(0);
        }
        let Some(name) = words.first().cloned() else {
            return ProgramResult::default();
        };
        match (name.as_str(), words.get(1).map(String::as_str)) {
            ("exit", code) => {
                self.exited = true;
                let code = code.and_then(|code| code.parse().ok()).unwrap_or(self.status);
                ProgramResult::failed(code & 0xff, "")
            }
            ("set", Some(flags)) => {
                if flags.contains('e') && flags != "-o" {
                    self.stop_on_error = flags.starts_with('-');
                }
                ProgramResult::default()
            }
            ("export", Some(word)) => {
                self.variables.extend(assignment(word));
                ProgramResult::default()
            }
            ("cd" | ":" | "umask" | "unset", _) => ProgramResult::default(),
            _ => (self.programs)(words, input)
                .unwrap_or_else(|| ProgramResult::failed(127, format!("sh: {line}: {name}: not found\n"))),
        }
    }

    fn expand(&mut self, word: &Word) -> (String, SignedDuration) {
        let mut text = String::new();
        let mut took = SignedDuration::ZERO;
        for part in &word.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Variable(name) if name == "?" => text.push_str(&self.status.to_string()),
                Part::Variable(name) => {
                    text.push_str(self.variables.get(name).map_or("", String::as_str));
                }
                Part::Output(script) => {
                    let ran = run(self.programs, script);
                    text.push_str(ran.stdout.trim_end_matches('\n'));
                    self.ran.stderr.push_str(&ran.stderr);
                    self.status = ran.code;
                    took = took.saturating_add(ran.took);
                }
            }
        }
        (text, took)
    }
}

impl ShellCommand {
    // Files are not kept; redirected output is discarded.
    fn redirect(&self, ran: &mut ProgramResult) {
        for redirection in &self.redirections {
            match redirection {
                Redirection::DropOut => ran.stdout.clear(),
                Redirection::DropErr => ran.stderr.clear(),
                Redirection::ErrToOut => ran.stdout.push_str(&std::mem::take(&mut ran.stderr)),
                Redirection::OutToErr => ran.stderr.push_str(&std::mem::take(&mut ran.stdout)),
            }
        }
    }
}

fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let legal = |character: char| character == '_' || character.is_ascii_alphanumeric();
    let named = !name.is_empty() && name.chars().all(legal) && !name.starts_with(|c: char| c.is_ascii_digit());
    named.then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(argv: &[String], input: &str) -> Option<ProgramResult> {
        match argv[0].as_str() {
            "echo" => Some(ProgramResult::ok(format!("{}\n", argv[1..].join(" ")))),
            "false" => Some(ProgramResult::failed(1, "")),
            "true" => Some(ProgramResult::default()),
            "complain" => Some(ProgramResult::failed(3, "no\n")),
            "upper" => Some(ProgramResult::ok(input.to_uppercase())),
            _ => None,
        }
    }

    fn sh(script: &str) -> (String, String, i32) {
        let ran = run(&programs, script);
        (ran.stdout, ran.stderr, ran.code)
    }

    #[test]
    fn last_status_is_returned() {
        assert_eq!(sh("false\necho done").2, 0);
        assert_eq!(sh("echo done; false").2, 1);
        assert_eq!(sh("set -e\nfalse\necho done"), (String::new(), String::new(), 1));
        assert_eq!(sh("set -e\nfalse || echo saved").0, "saved\n");
        assert_eq!(sh("echo a\nexit 7\necho b"), ("a\n".into(), String::new(), 7));
    }

    #[test]
    fn lists_pipes_and_redirections_work() {
        assert_eq!(sh("false && echo no || echo yes").0, "yes\n");
        assert_eq!(sh("echo hello | upper").0, "HELLO\n");
        assert_eq!(sh("complain 2>&1; echo $?"), ("no\n3\n".into(), String::new(), 0));
        assert_eq!(sh("complain 2>/dev/null").1, "");
        assert_eq!(sh("echo gone > /tmp/x && echo kept").0, "kept\n");
        assert_eq!(sh("! false").2, 0);
    }

    #[test]
    fn words_are_quoted_and_expanded() {
        assert_eq!(sh(r#"A=1; echo "$A b" '$A' ${A}2 \$A"#).0, "1 b $A 12 $A\n");
        assert_eq!(sh(r#"echo "on $(echo inner)""#).0, "on inner\n");
        assert_eq!(sh("echo a # not b\necho c \\\n d").0, "a\nc d\n");
    }

    #[test]
    fn missing_files_and_unknown_commands_fail() {
        assert_eq!(sh("true\nfoo"), (String::new(), "sh: 2: foo: not found\n".into(), 127));
        let (_, stderr, code) = sh("for x in a b; do echo $x; done");
        assert_eq!((stderr.contains("\"for\""), code), (true, 2));
        assert_eq!(sh("echo 'open").2, 2);
    }
}
