//! The start of the prompt.

use std::time::{Duration, Instant};

use rexpect::session::spawn_command;

use crate::prompt::*;
use crate::support::Shell;
use crate::support::server::{Reply, Server};

#[test]
fn init_lua_runs_at_the_start_and_may_fail() {
    let file = ".config/moonfleet/init.lua";
    let mut terminal = Terminal::start(Shell::new().file(file, "function hi() return 'hi there' end\nerror('broken')"));
    terminal.shows("hi()", "hi there\n");
    let shell = Shell::new().sandbox().env("NO_COLOR", "1").env("TERM", "xterm").file(file, "error('broken')");
    let (command, _home) = shell.into_command();
    let mut session = spawn_command(command, Some(60_000)).expect("a pseudo-terminal");
    session.exp_string("init.lua:1: broken").expect("the error of the start-up file");
    session.exp_string(PROMPT).expect("and goes on");
    Shell::new().file(file, "print('never')").arg("-e").arg("print(1)").run().code(0).printed("1\n");
}

#[test]
fn the_first_prompt_appears_quickly() {
    // `cargo bench --bench prompt` measures the time exactly. This limit is generous, for an unoptimised build beside
    // other tests, with a terminal that is polled ten times a second.
    let start = |_| {
        let began = Instant::now();
        Terminal::start(Shell::new());
        began.elapsed()
    };
    let fastest = (0..5).map(start).min().expect("some starts");
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
}

#[test]
fn the_prompt_makes_no_calls_before_the_user_does() {
    let server = Server::always(Reply::xml("<r/>"));
    let mut terminal = Terminal::open(Shell::new().endpoint(&server.url).env("NO_COLOR", "1"), "eu-central-1> ");
    terminal.shows("1 + 1", "2\n");
    terminal.presses('d');
    assert_eq!(terminal.ends().0, 0);
    server.saw_nothing();
}
