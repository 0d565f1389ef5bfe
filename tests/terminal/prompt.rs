//! Drives the prompt in a pseudo-terminal.

use std::os::fd::AsRawFd as _;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use tempfile::TempDir;

use crate::support::Shell;

pub(crate) const PROMPT: &str = "sandbox eu-central-1> ";
pub(crate) const UP: &str = "\x1b[A";
pub(crate) const RIGHT: &str = "\x1b[C";
/// Typed after a Tab: when it is echoed, the Tab has been processed.
pub(crate) const END: &str = "@";

pub(crate) struct Terminal {
    pub session: PtySession,
    pub home: TempDir,
    pub prompt: &'static str,
}

impl Terminal {
    /// Starts a prompt without colours, so that the editor does not redraw the line with each key.
    pub(crate) fn start(shell: Shell) -> Self {
        Self::open(shell.sandbox().env("NO_COLOR", "1"), PROMPT)
    }

    /// Starts a prompt so wide that no typed line wraps.
    pub(crate) fn wide() -> Self {
        let mut terminal = Self::start(Shell::new());
        terminal.resize(50, 200);
        terminal.run("");
        terminal
    }

    pub(crate) fn of_script(script: &str) -> Self {
        let shell = Shell::new().sandbox().file("script.lua", script).arg("script.lua");
        Self::open(shell.env("NO_COLOR", "1"), PROMPT)
    }

    pub(crate) fn open(shell: Shell, prompt: &'static str) -> Self {
        let (command, home) = shell.env("TERM", "xterm").into_command();
        let session = spawn_command(command, Some(60_000)).expect("a pseudo-terminal");
        let mut terminal = Terminal { session, home, prompt };
        terminal.sees(prompt);
        terminal
    }

    #[track_caller]
    pub(crate) fn sees(&mut self, text: &str) -> String {
        self.session.exp_string(text).unwrap_or_else(|e| panic!("{text:?} does not come: {e}"))
    }

    pub(crate) fn types(&mut self, text: &str) {
        self.session.send(text).expect("a terminal that takes keys");
        self.session.flush().expect("a terminal that takes keys");
    }

    pub(crate) fn types_bytes(&mut self, bytes: &[u8]) {
        use std::io::Write as _;
        let mut terminal = self.session.process().get_file_handle().expect("the terminal's other side");
        terminal.write_all(bytes).expect("a terminal that takes keys");
    }

    pub(crate) fn presses(&mut self, key: char) {
        self.session.send_control(key).expect("a terminal that takes keys");
    }

    /// Types a line. Returns the output before the next prompt.
    #[track_caller]
    pub(crate) fn run(&mut self, line: &str) -> String {
        self.types(&format!("{line}\r"));
        self.answer()
    }

    #[track_caller]
    pub(crate) fn answer(&mut self) -> String {
        // The editor sends this when it hands the terminal to the program.
        self.sees("\x1b[?2004l");
        let prompt = self.prompt;
        let answer = self.sees(prompt);
        let answer = answer.split("\x1b[?2004h").next().unwrap_or_default().replace('\r', "");
        answer.strip_prefix('\n').unwrap_or(&answer).to_owned()
    }

    #[track_caller]
    pub(crate) fn shows(&mut self, line: &str, answer: &str) {
        assert_eq!(self.run(line), answer, "after {line}");
    }

    #[track_caller]
    pub(crate) fn says(&mut self, line: &str, part: &str) {
        let answer = self.run(line);
        assert!(answer.contains(part), "after {line}: {answer:?}");
    }

    /// Types a line, and waits until it runs.
    #[track_caller]
    pub(crate) fn begins(&mut self, line: &str) {
        match line.strip_prefix('!') {
            Some(command) => self.types(&format!("!echo be''gun; {command}\r")),
            None => self.types(&format!("print('be' .. 'gun') {line}\r")),
        }
        self.sees("\x1b[?2004l");
        self.sees("begun");
    }

    /// Presses Tab after a text. Returns the list and the new line, which is not evaluated.
    #[track_caller]
    pub(crate) fn tab(&mut self, text: &str) -> (String, String) {
        self.types(&format!("{text}\t{END}"));
        let sent = self.sees(END);
        self.presses('c');
        let prompt = self.prompt;
        self.sees(prompt);
        assert!(harmless(&sent), "after {text}: {sent:?}");
        let line = sent.rsplit_once(prompt).map_or(&*sent, |(_, line)| line);
        // The editor rings the bell if it has no candidate, or several.
        let listed = sent.split_once('\x07').and_then(|(_, rest)| Some(rest.rsplit_once(prompt)?.0));
        (plain(listed.unwrap_or_default()), plain(line))
    }

    #[track_caller]
    pub(crate) fn lists(&mut self, text: &str, parts: &[&str]) {
        let (listed, line) = self.tab(text);
        let missing: Vec<_> = parts.iter().filter(|part| !listed.contains(**part)).collect();
        assert!(missing.is_empty(), "Tab after {text} lists no {missing:?}: {listed}\n{line}");
    }

    #[track_caller]
    pub(crate) fn becomes(&mut self, text: &str, line: &str) {
        let (listed, becomes) = self.tab(text);
        assert_eq!(becomes, line, "Tab after {text}: {listed}");
    }

    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let master = self.session.process().get_file_handle().expect("the terminal's other side");
        // SAFETY: one structure that lives as long as the call.
        assert_eq!(unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }, 0);
    }

    #[track_caller]
    pub(crate) fn ends(mut self) -> (i32, TempDir) {
        self.session.exp_eof().expect("it ends");
        match self.session.process().wait() {
            Ok(WaitStatus::Exited(_, code)) => (code, self.home),
            other => panic!("it ended otherwise: {other:?}"),
        }
    }
}

/// Removes the editor's cursor movements.
pub(crate) fn plain(sent: &str) -> String {
    let mut text = String::new();
    let mut rest = sent;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        text += before;
        rest = after.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest);
    }
    (text + rest).replace(['\r', '\x07'], "")
}

/// Whether only text, line breaks and the editor's cursor movements are sent.
pub(crate) fn harmless(sent: &str) -> bool {
    // The terminal is read byte by byte.
    let bytes: Vec<u8> = sent.chars().map(|c| u8::try_from(c).expect("a byte")).collect();
    let sent = String::from_utf8(bytes).expect("text");
    let moves = sent.split("\x1b").skip(1).all(|part| {
        let rest = part.strip_prefix('[').map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
        // The last two mark the begin and the end of the line editor.
        rest.is_some_and(|rest| rest.starts_with(['A', 'B', 'C', 'D', 'J', 'K']) || rest.starts_with("?2026"))
    });
    moves && !sent.contains(|c: char| (c.is_control() && !"\x1b\r\n\x07".contains(c)) || "\u{202e}\u{2066}".contains(c))
}
