//! The time until the first prompt in a terminal: in the sandbox, on an account, and with a full
//! history.
//!
//! `cargo bench --bench prompt`. The limit is 50 ms.

use std::fs;
use std::io::Read as _;
use std::process::Command;
use std::time::{Duration, Instant};

use rexpect::process::PtyProcess;

const ROUNDS: usize = 31;
const LIMIT: Duration = Duration::from_millis(50);
/// The most lines that the history keeps.
const HISTORY: usize = 10_000;

fn main() {
    let new = tempfile::tempdir().expect("a temporary folder");
    let old = tempfile::tempdir().expect("a temporary folder");
    let folder = old.path().join(".local/state/moonfleet");
    fs::create_dir_all(&folder).expect("a folder in a temporary folder");
    let lines: String = (0..HISTORY).map(|n| format!("ec2.describe_instances{{max_results={n}}}\n")).collect();
    fs::write(folder.join("history"), format!("#V2\n{lines}")).expect("a file in a temporary folder");
    let mut slowest = Duration::ZERO;
    for (name, home, options) in [
        ("in the sandbox", &new, &["--sandbox"][..]),
        ("on an account", &new, &[]),
        ("on an account, with 10,000 lines of history", &old, &[]),
    ] {
        let start = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_moonfleet"));
            command.args(options).env_clear().env("HOME", home.path()).env("TERM", "xterm").env("NO_COLOR", "1");
            command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "example");
            command.env("AWS_REGION", "eu-central-1");
            until_prompt(command)
        };
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| start()).collect();
        times.sort();
        let median = times[ROUNDS / 2];
        println!("{:>8.1} ms {name}, maximum {:.1} ms", in_ms(median), in_ms(times[ROUNDS - 1]));
        slowest = slowest.max(median);
    }
    assert!(slowest < LIMIT, "the first prompt took longer than {LIMIT:?}");
}

fn until_prompt(command: Command) -> Duration {
    let began = Instant::now();
    let mut process = PtyProcess::new(command).expect("a pseudo-terminal");
    let mut terminal = process.get_file_handle().expect("the terminal's other side");
    let mut sent = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&sent).contains("eu-central-1> ") {
        let length = terminal.read(&mut part).expect("a prompt");
        assert!(length > 0, "the program ended before the prompt");
        sent.extend_from_slice(&part[..length]);
    }
    let took = began.elapsed();
    process.exit().expect("the program ends");
    took
}

fn in_ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
