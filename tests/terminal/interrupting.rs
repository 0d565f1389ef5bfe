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
fn ctrl_c_ends_a_line_and_keeps_all_else() {
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
fn ctrl_c_ends_a_call_that_nobody_answers() {
    let left = Arc::new(AtomicUsize::new(0));
    let server = Server::always(Reply::Silence(left.clone()));
    let mut terminal = Terminal::open(Shell::new().endpoint(&server.url).env("NO_COLOR", "1"), "eu-central-1> ");
    terminal.types("ec2.describe_vpcs()\r");
    terminal.sees("\x1b[?2004l");
    wait_until("nothing is asked", || !server.requests().is_empty());
    terminal.presses('c');
    terminal.sees("interrupted");
    terminal.sees("eu-central-1> ");
    terminal.shows("1 + 1", "2\n");
    wait_until("the request goes on", || left.load(Ordering::SeqCst) >= 1);
}

#[test]
fn a_second_ctrl_c_ends_what_listens_to_nothing() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.run("a = string.rep('a', 60)");
    terminal.begins("string.find(a, string.rep('a-', 60) .. 'b')");
    // Signals that come too close upon each other are one.
    let mut status = None;
    wait_until("it goes on", || {
        terminal.presses('c');
        status = terminal.session.process().status();
        status != Some(WaitStatus::StillAlive)
    });
    assert!(matches!(status, Some(WaitStatus::Exited(_, 130))), "{status:?}");
}

#[test]
fn a_line_has_its_time() {
    let mut terminal = Terminal::start(Shell::new().args(["--timeout", "500ms"]));
    terminal.says("while true do end", "the line was not done within 500ms");
    terminal.says("task.sleep(100)", "the line was not done within 500ms");
    // The limit of the line before this one is over by now, and was not this one's.
    thread::sleep(Duration::from_millis(700));
    terminal.shows("1 + 1", "2\n");
}

#[test]
fn ctrl_d_leaves_an_empty_line_only() {
    let mut terminal = Terminal::start(Shell::new());
    terminal.types("1 + 1");
    terminal.presses('d');
    terminal.shows("", "2\n");
    terminal.presses('d');
    assert_eq!(terminal.ends().0, 0);
}
