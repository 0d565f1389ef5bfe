//! Output of scripts on a terminal: control characters in data have no effect, unless the script asks for raw output.

use rexpect::session::{PtySession, spawn_command};

use crate::support::Shell;

/// Clears the screen, sets the clipboard, begins a C1 sequence, reverses the direction, and returns to the line's start.
const HOSTILE: &str = r"'a\27[2J\27]52;c;cm0=\7\u{9b}31m\u{202e}b\r'";
const SHOWN: &str = "a␛[2J␛]52;c;cm0=␇<U+009B>31m<U+202E>b␍";

fn at_terminal(args: &[&str]) -> (PtySession, tempfile::TempDir) {
    let (command, home) = Shell::new().sandbox().args(args).into_command();
    (spawn_command(command, Some(30_000)).expect("a terminal"), home)
}

/// Returns all output of a run on a terminal.
fn shown(args: &[&str]) -> String {
    let (mut terminal, _home) = at_terminal(args);
    decoded(&terminal.exp_eof().expect("the program ends"))
}

/// Decodes UTF-8 from text with one character for each byte, as a pseudo-terminal returns it.
fn decoded(text: &str) -> String {
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).expect("a byte")).collect();
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn control_characters_are_visible_on_a_terminal() {
    for write in [
        "print(TEXT)",
        "print('x', TEXT)",
        "io.write(TEXT)",
        "io.write(1, TEXT)",
        "io.stdout:write(TEXT)",
        "io.stderr:write(TEXT)",
        "io.output():write(TEXT)",
        "coroutine.wrap(function() print(TEXT) end)()",
        "warn('@on') warn(TEXT)",
    ] {
        let chunk = write.replace("TEXT", HOSTILE);
        let all = shown(&["--color", "always", "-e", &chunk]);
        assert!(all.contains(SHOWN), "{chunk}: {all:?}");
        assert!(!all.contains('\x1b'), "{chunk}: {all:?}");
    }
    let invalid = shown(&["-e", r"print('a\x9b2Jb')"]);
    assert_eq!(invalid, "a\u{fffd}2Jb\r\n");
}

#[test]
fn ordinary_text_is_unchanged() {
    let text = r"print('Zürich', 1, nil, true, '東京') io.write('a\tb\n', 2, 0.5, '\n')";
    assert_eq!(shown(&["-e", text]), "Zürich\t1\tnil\ttrue\t東京\r\na\tb\r\n20.5\r\n");
    assert!(shown(&["-e", "io.write({})"]).contains("string expected, got table"));
}

#[test]
fn colours_of_the_program_are_kept() {
    let chunk = "local t = report.table({{severity='high', name='a\\27[5m'}}, {title='T'}) \
                 io.write(t) print(t .. '!') print('\\27[1mforged\\27[0m')";
    let all = shown(&["--color", "always", "-e", chunk]);
    assert_eq!(all.matches("\x1b[1mT\x1b[0m").count(), 2, "{all:?}");
    assert!(!all.contains("\x1b[5m") && all.contains("␛[1mforged␛[0m"), "{all:?}");
    let bold = all.replace("\x1b[1mT\x1b[0m", "");
    assert!(bold.contains("\x1b["), "the severity has a colour: {all:?}");
    assert!(!all.contains("␛[0mT") && !all.contains("␛[38"), "{all:?}");
}

#[test]
fn a_script_can_ask_for_raw_output() {
    for chunk in
        [r"io.write_raw('a\27[7mb', 1)", r"io.stdout:write_raw('a\27[7mb', 1)", r"io.stderr:write_raw('a\27[7mb1')"]
    {
        assert_eq!(shown(&["-e", chunk]), "a\x1b[7mb1", "{chunk}");
    }
    let refused = shown(&["--contain", "-e", r"io.write_raw('a\27[7mb')"]);
    assert!(refused.contains("io.write_raw: refused") && !refused.contains("\x1b[7m"), "{refused:?}");
    let refused = shown(&["--contain", "-e", r"io.stdout:write_raw('a\27[7mb')"]);
    assert!(refused.contains("io.write_raw: refused") && !refused.contains("\x1b[7m"), "{refused:?}");
}

#[test]
fn a_pipe_gets_every_byte() {
    Shell::new()
        .chunk(r"io.write('a\27[2J\r\u{202e}') io.write_raw('\27[0m')")
        .code(0)
        .printed("a\x1b[2J\r\u{202e}\x1b[0m");
}

#[test]
fn a_name_cannot_forge_a_line_of_a_confirmation() {
    let chunk = r"
        local i = ec2.describe_instances.all{filters={['tag:App']='App20', ['instance-state-name']='running'}}[1]
        ec2.create_tags{resources={i.instance_id}, tags={Name='web\n  i-0000 test\nContinue? [y/N] \27[8m\u{202e}'}}
        ec2.terminate_instances{instance_ids={i.instance_id}}";
    let (mut terminal, _home) = at_terminal(&["-e", chunk]);
    let (question, _) = terminal.exp_regex(r"\r\nContinue\? \[y/N\] ").expect("a question");
    let question = decoded(&question);
    assert!(question.ends_with("web⏎  i-0000 test⏎Continue? [y/N] ␛[8m<U+202E>"), "{question:?}");
    assert_eq!(question.lines().count(), 2, "{question:?}");
    terminal.send_line("n").expect("a terminal");
    terminal.exp_string("the call was not confirmed").expect("a refusal");
}
