//! Evaluation of lines.

use std::os::unix::fs::PermissionsExt;

use rexpect::session::{PtySession, spawn_command};

use crate::support::Shell;

const PROMPT: &str = "sandbox eu-central-1> ";
const TIMEOUT: u64 = 20_000;

fn start(shell: Shell) -> (PtySession, tempfile::TempDir) {
    let (command, home) = shell.sandbox().env("TERM", "xterm").into_command();
    let mut session = spawn_command(command, Some(TIMEOUT)).expect("a pseudo-terminal");
    session.exp_string(PROMPT).expect("a prompt");
    (session, home)
}

#[track_caller]
fn tell(session: &mut PtySession, line: &str, answer: &str) {
    session.send_line(line).expect("a terminal that takes a line");
    session.exp_string(answer).unwrap_or_else(|e| panic!("{line}: {e}"));
    session.exp_string(PROMPT).unwrap_or_else(|e| panic!("after {line}: {e}"));
}

#[test]
fn the_prompt_evaluates_lines_survives_errors_and_ends_with_the_input() {
    let (mut session, home) = start(Shell::new());
    tell(&mut session, "6 * 7", "\n42\r\n");
    tell(&mut session, "x = 20", "\r\n");
    tell(&mut session, "x + 1", "\n21\r\n");
    tell(&mut session, "error('bo' .. 'om')", "boom");
    tell(&mut session, "local = 1", "<name> expected near '='");
    tell(&mut session, "ec2.descibe_instances{}", "did you mean ec2.describe_instances?");
    tell(&mut session, "x", "\n20\r\n");
    session.send_line("function double(n)").expect("a terminal");
    session.send_line("  return 2 * n").expect("a terminal");
    tell(&mut session, "end", "\r\n");
    tell(&mut session, "double(333)", "\n666\r\n");
    tell(&mut session, "{{name='web', size=1}}", "name");
    tell(&mut session, "sts.get_caller_identity().account", "\n123456789012\r\n");
    session.send_control('d').expect("a terminal");
    session.exp_eof().expect("it leaves");

    let history = home.path().join(".local/state/moonfleet/history");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("it was made").permissions().mode() & 0o777;
    assert_eq!(mode(&history), 0o600);
    assert_eq!(mode(history.parent().expect("a folder")), 0o700);
    let text = std::fs::read_to_string(&history).expect("history is text");
    assert!(text.contains("double(333)"), "{text}");
}

#[test]
fn results_are_coloured_unless_colours_are_off() {
    let titled = "print((report.table({{a=1}}, {title='T'}):gsub('\\27', 'ESC')))";
    let (mut session, _home) = start(Shell::new());
    tell(&mut session, titled, "ESC[1mT");
    let (mut session, _home) = start(Shell::new().env("NO_COLOR", "1"));
    tell(&mut session, titled, "\nT\r\n");
}

#[test]
fn an_interrupted_line_is_discarded() {
    let (mut session, _home) = start(Shell::new());
    session.send("error('never evaluated'").expect("a terminal");
    session.send_control('c').expect("a terminal");
    session.exp_string(PROMPT).expect("a new prompt");
    tell(&mut session, "1 + 1", "\n2\r\n");
}
