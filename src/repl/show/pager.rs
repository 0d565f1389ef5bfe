//! A program for what is taller than the screen. It is the user's own, like the shell that
//! starts it; where it cannot be started, the text is printed as any other.

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};

use terminal_size::{Height, Width};
use unicode_width::UnicodeWidthStr as _;

/// Leaves the screen as it is where the text fits, keeps colours, and goes when asked.
const LESS: &str = "FRX";

/// The program: as our own variable says, as the settings say, as the variable of all programs
/// says, or else `less`. None where one of them is empty.
pub(super) fn command(setting: Option<&str>) -> Option<String> {
    let named = env::var("MOONFLEET_PAGER").ok().or_else(|| setting.map(str::to_owned));
    let command = named.or_else(|| env::var("PAGER").ok()).unwrap_or_else(|| format!("less -{LESS}"));
    Some(command).filter(|command| !command.trim().is_empty())
}

/// Whether the prompt below it would push its beginning off the screen.
pub(super) fn is_long(text: &str, (Width(width), Height(height)): (Width, Height)) -> bool {
    let width = usize::from(width).max(1);
    let lines = text.lines().map(|line| line.width().div_ceil(width).max(1));
    lines.sum::<usize>() >= usize::from(height)
}

/// Whether the program has shown it. One that is left before the end has.
pub(super) fn show(command: &str, text: &str) -> bool {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).stdin(Stdio::piped());
    // As git does: a `PAGER=less` that knows no colours is nobody's wish.
    if env::var_os("LESS").is_none() {
        shell.env("LESS", LESS);
    }
    let Ok(mut pager) = shell.spawn() else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // Who has seen enough closes it.
        let _ = input.write_all(text.as_bytes());
    }
    // What the shell says where there is no such program, or none that runs.
    pager.wait().is_ok_and(|status| !matches!(status.code(), Some(126 | 127)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_long_that_leaves_no_line_for_the_prompt() {
        let screen = (Width(10), Height(4));
        assert!(!is_long("1\n2\n3\n", screen));
        assert!(is_long("1\n2\n3\n4\n", screen));
        assert!(is_long("1\n2\n01234567890\n", screen), "the last one takes two lines");
        assert!(is_long("1\n\n\n2\n", screen));
    }

    #[cfg(unix)]
    #[test]
    fn what_was_not_started_has_shown_nothing() {
        assert!(!show("no-such-program-anywhere", "text"));
        assert!(show("exit 3", &"text\n".repeat(100_000)), "it was there, and was left");
    }
}
