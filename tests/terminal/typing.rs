//! Typing: unfinished lines, pastes, the history, colours, widths.

use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use crate::prompt::*;
use crate::support::Shell;

#[test]
fn unfinished_lines_continue_on_the_next_line() {
    let mut terminal = Terminal::start(Shell::new());
    for (lines, answer) in [
        (&["1 +", "2"][..], "3\n"),
        (&["if true then", "print('yes')", "end"], "yes\n"),
        (&["[[a", "b]]"], "a\nb\n"),
        (&["x = {", "1, 2", "}"], ""),
        (&["#x"], "2\n"),
        (&["= 6 * 7"], "42\n"),
    ] {
        let (last, first) = lines.split_last().expect("there is one");
        for line in first {
            terminal.types(&format!("{line}\r"));
            thread::sleep(Duration::from_millis(100));
        }
        terminal.shows(last, answer);
    }
    terminal.says("'abc", "unfinished string");
    terminal.says("x = = 1", "unexpected symbol");
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn a_pasted_block_is_one_edit_and_one_entry_of_the_history() {
    let mut terminal = Terminal::start(Shell::new());
    let script = "local n = 20\nfunction twice(x)\n  return 2 * x\nend\nprint(twice(n) + 1)\nprint('done')";
    terminal.types(&format!("\x1b[200~{script}\x1b[201~"));
    terminal.shows("", "41\ndone\n");
    terminal.shows("n", "20\n");
    terminal.types(&format!("{UP}{UP}"));
    terminal.shows("", "41\ndone\n");
    terminal.presses('d');
    let (_, home) = terminal.ends();
    let history = std::fs::read_to_string(home.path().join(".local/state/moonfleet/history")).expect("a history");
    assert!(history.contains("local n = 20\\nfunction twice(x)\\n  return 2 * x\\nend\\n"), "{history}");
}

#[test]
fn the_history_is_searched_suggested_and_private() {
    let mut terminal = Terminal::start(Shell::new());
    for line in ["'first'", "'second'", "'second'", " 'hidden'", "local = 1"] {
        terminal.run(line);
    }
    terminal.presses('r');
    terminal.types("fir");
    terminal.sees("(reverse-i-search)`fir'");
    terminal.shows("", "first\n");
    terminal.shows(".history sec", "'second'\n");
    terminal.presses('d');
    let (code, home) = terminal.ends();
    assert_eq!(code, 0);
    let history = home.path().join(".local/state/moonfleet/history");
    assert_eq!(std::fs::metadata(&history).expect("a history").permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&history).expect("a history");
    assert_eq!(text, "#V2\n'first'\n'second'\nlocal = 1\n'first'\n.history sec\n");

    // The next prompt reads the history, and suggests lines from it in colour.
    let shell = Shell::new().env("HOME", home.path()).sandbox();
    let mut terminal = Terminal::open(shell, PROMPT);
    terminal.types("'f");
    terminal.sees("\x1b[90mirst'\x1b[0m");
    terminal.types(RIGHT);
    terminal.types("\r");
    terminal.sees("\nfirst\r\n");
}

#[test]
fn a_line_is_coloured_unless_colours_are_off() {
    let mut terminal = Terminal::open(Shell::new().sandbox(), PROMPT);
    terminal.types("local x = 1 -- why");
    terminal.sees("\x1b[35mlocal\x1b[0m x = \x1b[36m1\x1b[0m \x1b[90m-- why\x1b[0m");
    let mut terminal = Terminal::start(Shell::new());
    terminal.types("local x = 1 -- why\r");
    let typed = terminal.sees("\x1b[?2004l");
    assert!(!typed.contains("\x1b[35m"), "{typed:?}");
}

#[test]
fn the_editor_follows_a_new_width_while_a_line_is_typed() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.types("x = '0123456789'");
    terminal.resize(24, 30);
    terminal.sees(PROMPT);
    terminal.types(" .. 'ab'\r");
    terminal.answer();
    terminal.shows("x", "0123456789ab\n");
}

#[test]
fn output_without_a_line_break_is_not_overwritten() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.shows("do io.write('ab') end", "ab\n");
    terminal.shows("do io.write('ab\\n', '') end", "ab\n");
}

#[test]
fn bytes_that_are_no_text_end_nothing_and_lose_no_line() {
    let shell = Shell::new();
    let folder = shell.home.path().join(".local/state/moonfleet");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("history"), b"#V2\n'old'\n'b\xffd'\n'recent'\n").expect("a file");
    let mut terminal = Terminal::start(shell);
    for bytes in [&b"1 + 4\xff"[..], b"\xc3\x28", b"\x1b[200~print('pasted')\xe9\nprint('more')\x1b[201~"] {
        terminal.types_bytes(bytes);
        terminal.sees("bytes that are not UTF-8");
        terminal.sees(PROMPT);
    }
    terminal.shows("1", "42\n");
    terminal.shows(".history rec", "'recent'\n");
    terminal.presses('d');
    let (code, home) = terminal.ends();
    assert_eq!(code, 0);
    let history = std::fs::read_to_string(home.path().join(".local/state/moonfleet/history")).expect("a history");
    assert_eq!(history, "#V2\n'old'\n'b\u{fffd}d'\n'recent'\n1 + 41\n.history rec\n");
}

#[test]
fn a_line_is_forgotten_when_its_value_becomes_a_secret() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.run("password = 'hunter two'");
    terminal.run("x = 1");
    terminal.run("ssm.put_parameter{name='/p', value=password, type='SecureString'}.version");
    terminal.shows(".history", "x = 1\nssm.put_parameter{name='/p', value=password, type='SecureString'}.version\n");
    terminal.run("y = 2");
    terminal.presses('d');
    let (_, home) = terminal.ends();
    let history = std::fs::read_to_string(home.path().join(".local/state/moonfleet/history")).expect("a history");
    let put = "ssm.put_parameter{name='/p', value=password, type='SecureString'}.version";
    assert_eq!(history, format!("#V2\nx = 1\n{put}\n.history\ny = 2\n"));
}
