//! Confirmation prompts before destructive calls.

use rexpect::session::{PtySession, spawn_command};

use crate::support::Shell;

const WEB: &str = "ec2.describe_instances.all{filters={['tag:App']='App20', ['instance-state-name']='running'}}";

/// Runs a chunk at a terminal, which makes confirmation prompts possible.
fn at_terminal(chunk: &str) -> (PtySession, tempfile::TempDir) {
    let (command, home) = Shell::new().sandbox().arg("-e").arg(chunk).into_command();
    (spawn_command(command, Some(30_000)).expect("a terminal"), home)
}

#[test]
fn destructive_calls_ask_for_confirmation_at_a_terminal() {
    let one = format!(
        "local web = {WEB}\nec2.terminate_instances{{instance_ids={{web[1].instance_id}}}} print('do' .. 'ne')"
    );
    let (mut terminal, _home) = at_terminal(&one);
    terminal.exp_string("ec2.terminate_instances destroys 1 resource in account 123456789012, eu-central-1").unwrap();
    terminal.exp_string("app20-web").unwrap();
    terminal.exp_string("Continue? [y/N]").unwrap();
    terminal.send_line("y").unwrap();
    terminal.exp_string("done").unwrap();

    let (mut terminal, _home) = at_terminal(&one);
    terminal.exp_string("Continue? [y/N]").unwrap();
    terminal.send_line("").unwrap();
    terminal.exp_string("refused, nothing was sent: the call was not confirmed").unwrap();
}

#[test]
fn a_large_deletion_requires_typing_the_account() {
    let all = "local ids = {}\n\
               for i in ec2.describe_instances.items{filters={['instance-state-name']={'pending','running','stopping','stopped'}}} do ids[#ids + 1] = i.instance_id end\n\
               print(pcall(ec2.terminate_instances, {instance_ids=ids, dry_run=false}))";
    for (typed, expected) in [("y", "the call was not confirmed"), ("123456789012", "terminated anyway")] {
        let (mut terminal, _home) = at_terminal(all);
        terminal.exp_string("Type the account ").unwrap();
        terminal.send_line(typed).unwrap();
        terminal.exp_string(expected).unwrap();
    }
}
