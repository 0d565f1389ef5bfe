//! The pager, for text that is taller than the screen. The user chooses the command, which a shell starts. If it cannot
//! be started, the text is printed without it.

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};

use terminal_size::{Height, Width};
use unicode_width::UnicodeWidthStr as _;

/// Options of less: quit if the text fits on one screen (F), keep colours (R), and do not clear the screen (X).
const LESS: &str = "FRX";

/// Returns the command: from `MOONFLEET_PAGER`, the settings, `PAGER`, or else `less`. `None` if the first of them that
/// is set is empty.
pub(super) fn command(setting: Option<&str>) -> Option<String> {
    let named = env::var("MOONFLEET_PAGER").ok().or_else(|| setting.map(str::to_owned));
    let command = named.or_else(|| env::var("PAGER").ok()).unwrap_or_else(|| format!("less -{LESS}"));
    Some(command).filter(|command| !command.trim().is_empty())
}

/// Whether the text and the next prompt need more lines than the screen has.
pub(super) fn is_long(text: &str, (Width(width), Height(height)): (Width, Height)) -> bool {
    let width = usize::from(width).max(1);
    let lines = text.lines().map(|line| line.width().div_ceil(width).max(1));
    lines.sum::<usize>() >= usize::from(height)
}

/// Shows a text in the pager. Returns whether the pager was started; leaving it early counts as shown.
pub(super) fn show(command: &str, text: &str) -> bool {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).stdin(Stdio::piped());
    // As git does, so that `PAGER=less` shows colours.
    if env::var_os("LESS").is_none() {
        shell.env("LESS", LESS);
    }
    let Ok(mut pager) = shell.spawn() else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // Fails if the user leaves the pager before the end.
        let _ = input.write_all(text.as_bytes());
    }
    // The shell exits with 126 or 127 if the program does not exist or cannot be executed.
    pager.wait().is_ok_and(|status| !matches!(status.code(), Some(126 | 127)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_space_for_the_prompt_is_long() {
        let screen = (Width(10), Height(4));
        assert!(!is_long("1\n2\n3\n", screen));
        assert!(is_long("1\n2\n3\n4\n", screen));
        assert!(is_long("1\n2\n01234567890\n", screen), "the last one takes two lines");
        assert!(is_long("1\n\n\n2\n", screen));
    }

    #[cfg(unix)]
    #[test]
    fn a_pager_that_does_not_start_shows_nothing() {
        assert!(!show("no-such-program-anywhere", "text"));
        assert!(show("exit 3", &"text\n".repeat(100_000)), "it started, and was left early");
    }
}
