//! Ctrl-C, Ctrl-D and time limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rexpect::process::WaitStatus;

use crate::prompt::*;
use crate::support::server::{Reply, Server};
use crate::support::{Shell, wait_until};

#[test]
fn ctrl_c_ends_a_line_and_keeps_the_session() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.run("state = 'kept'");
    for line in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "function spin() while true do pcall(coroutine.wrap(spin)) end end",
        "coroutine.wrap(function() coroutine.wrap(spin)() end)()",
        "task.map({1, 2, 3}, function() task.sleep(100) end)",
        "task.map({1, 2, 3}, function() while true do end end)",
        "pcall(task.sleep, 100) task.sleep(100)",
        "!sleep 100",
    ] {
        if line.starts_with("function") {
            terminal.run(line);
            continue;
        }
        terminal.begins(line);
        terminal.presses('c');
        terminal.sees(if line.starts_with('!') { "signal: 2" } else { "interrupted" });
        terminal.sees(PROMPT);
        terminal.shows("state", "kept\n");
    }
    terminal.types("error('never evaluated'");
    terminal.presses('c');
    terminal.sees(PROMPT);
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn ctrl_c_ends_a_hanging_call() {
    let left = Arc::new(AtomicUsize::new(0));
    let server = Server::always(Reply::Silence(left.clone()));
    let mut terminal = Terminal::open(Shell::new().endpoint(&server.url).env("NO_COLOR", "1"), "eu-central-1> ");
    terminal.types("ec2.describe_vpcs()\r");
    terminal.sees("\x1b[?2004l");
    wait_until("no request is sent", || !server.requests().is_empty());
    terminal.presses('c');
    terminal.sees("interrupted");
    terminal.sees("eu-central-1> ");
    terminal.shows("1 + 1", "2\n");
    wait_until("the request goes on", || left.load(Ordering::SeqCst) >= 1);
}

#[test]
fn a_second_ctrl_c_ends_code_that_ignores_the_first() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.run("a = string.rep('a', 60)");
    terminal.begins("string.find(a, string.rep('a-', 60) .. 'b')");
    // Two signals in quick succession would be merged into one.
    let mut status = None;
    wait_until("it goes on", || {
        terminal.presses('c');
        status = terminal.session.process().status();
        status != Some(WaitStatus::StillAlive)
    });
    assert!(matches!(status, Some(WaitStatus::Exited(_, 130))), "{status:?}");
}

#[test]
fn the_timeout_applies_to_each_line() {
    let mut terminal = Terminal::start(Shell::new().args(["--timeout", "500ms"]));
    terminal.says("while true do end", "the line exceeded its time limit of 500ms");
    terminal.says("task.sleep(100)", "the line exceeded its time limit of 500ms");
    // The limit of the previous line has expired, and does not affect this line.
    thread::sleep(Duration::from_millis(700));
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn ctrl_d_leaves_only_on_an_empty_line() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.types("1 + 1");
    terminal.presses('d');
    terminal.shows("", "2\n");
    terminal.presses('d');
    assert_eq!(terminal.ends().0, 0);
}
