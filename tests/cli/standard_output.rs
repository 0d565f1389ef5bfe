//! Output that cannot be written is an error, except if the reader of a pipe has closed it.

use std::fs::{File, OpenOptions};
use std::process::Stdio;

use crate::support::Shell;

/// Command lines that print from Lua, as a table, and without a Lua machine.
const PRINTS: &[&[&str]] = &[
    &["-e", "print('a')"],
    &["-e", "io.write('a')"],
    &["-e", "print('a') os.exit(0)"],
    &["-e", "print('a') io.stdout:flush()"],
    &["-e", "print('a') io.flush()"],
    &["-e", "io.stdout:setvbuf('no') print('a')"],
    &["-e", "report.print({{a=1}})"],
    &["-e", "help('time')"],
    &["-p", "{1, 2}"],
    &["help", "time"],
    &["scripts"],
    &["completions", "bash"],
    &["schedule", "--at", "0 6 * * *", "--", "daily-report"],
    &["policy", "fleet-report"],
];

#[test]
fn a_full_standard_output_is_an_error() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        crate::support::skipped("this system has no /dev/full");
        return;
    };
    for args in PRINTS {
        let (mut command, _home) = Shell::new().args(*args).into_command();
        let full = full.try_clone().expect("a file");
        let output = command.stdout(full).stderr(Stdio::piped()).output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("standard output"), "{args:?}: {stderr}");
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    }
}

#[test]
fn a_closed_standard_output_is_an_error() {
    for args in PRINTS {
        let (mut command, _home) = Shell::new().args(*args).through("sh", &["-c", "exec \"$0\" \"$@\" >&-"]);
        let output = command.output().expect("a shell");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("standard output") && stderr.contains("closed"), "{args:?}: {stderr}");
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    }
}

#[test]
fn a_run_without_output_needs_no_standard_output() {
    let (mut command, _home) =
        Shell::new().args(["-e", "local x = 1"]).through("sh", &["-c", "exec \"$0\" \"$@\" >&-"]);
    let output = command.output().expect("a shell");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let null = OpenOptions::new().read(true).write(true).open("/dev/null").expect("a device");
    let (mut command, _home) = Shell::new().args(["-e", "print('a')"]).into_command();
    assert!(command.stdout(null).status().expect("the program starts").success(), "/dev/null takes everything");
}

#[test]
fn a_closed_pipe_is_no_error() {
    for args in PRINTS {
        let (read, write) = std::io::pipe().expect("a pipe");
        drop(read);
        let (mut command, _home) = Shell::new().args(*args).into_command();
        let output = command.stdout(File::from(std::os::fd::OwnedFd::from(write))).stderr(Stdio::piped()).output();
        let output = output.expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), stderr.contains("standard output")), (Some(0), false), "{args:?}: {stderr}");
    }
}

#[test]
fn text_that_is_not_utf8_is_named() {
    for call in [
        r"report.print({}, {title='\xff'})",
        r"report.print({}, {columns={'\xff'}})",
        r"report.check('\xff')",
        r"ec2.describe_tags{next_token='\xff'}",
    ] {
        let ran = Shell::new().sandbox().chunk(call).code(1).says("UTF-8");
        assert!(
            !ran.stderr.contains("string, not a string\n") && !ran.stderr.contains("string, got string\n"),
            "{call}: {}",
            ran.stderr
        );
    }
}
