//! Fleet runs at a terminal.

use std::time::Duration;

use crate::support::fleet::Fleet;
use crate::support::wait_until;

fn ids(fleet: &Fleet) -> String {
    let ids = fleet.with(|state| state.machines.iter().map(|m| format!("'{}'", m.id)).collect::<Vec<_>>());
    format!("{{{}}}", ids.join(", "))
}

#[test]
fn a_terminal_shows_progress_and_grouped_output() {
    let fleet = Fleet::with_machines(30, Duration::from_secs(1));
    let script = format!("print(fleet.run({}, 'uptime').grouped())", ids(&fleet));
    let (command, _home) = fleet.shell().env("TERM", "xterm").args(["-e", &script]).into_command();
    let mut terminal = rexpect::session::spawn_command(command, Some(30_000)).expect("a terminal");
    terminal.exp_string("fleet: plan: 30 targets in 1 location").expect("the plan");
    terminal.exp_string("fleet: send: 00000001-").expect("the command");
    terminal.exp_string("0 of 30 done, 0 not ok, 30 waiting").expect("progress");
    terminal.exp_string("web-[1-30] (30)").expect("the groups");
    terminal.exp_eof().expect("it ends");
}

#[test]
fn ctrl_c_cancels_a_fleet_run() {
    let fleet = Fleet::with_machines(3, Duration::from_secs(60));
    let shell = fleet.shell().env("TERM", "xterm");
    let (command, _home) = shell.args(["-e", &format!("fleet.run({}, 'sleep 60')", ids(&fleet))]).into_command();
    let mut terminal = rexpect::session::spawn_command(command, Some(30_000)).expect("a terminal");
    terminal.exp_string("0 of 3 done").expect("progress");
    wait_until("nothing is sent", || !fleet.commands().is_empty());
    terminal.send_control('c').expect("it listens");
    terminal.exp_string("interrupted: 3 not known yet").expect("the counts at the interruption");
    terminal.exp_string("fleet.attach(").expect("the call that collects the results");
    terminal.exp_eof().expect("it ends");
    assert!(fleet.commands()[0].cancelled.is_some());
}
