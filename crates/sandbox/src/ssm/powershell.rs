//! A minimal PowerShell for Windows machines: a few cmdlets, one a line.

use jiff::{SignedDuration, Timestamp};

use super::machine::Machine;
use super::outcome::ScriptOutcome;
use super::shell::ProgramResult;

pub(super) fn run(machine: &Machine, now: Timestamp, lines: &[String]) -> ScriptOutcome {
    if !machine.is_windows() {
        let complaint = "exec: \"pwsh\": executable file not found in $PATH\n";
        return ScriptOutcome::new(machine, ProgramResult::failed(1, complaint));
    }
    let mut total = ProgramResult::default();
    for line in lines.iter().flat_map(|text| text.split(['\n', ';'])) {
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["exit", code] = words[..] {
            total.code = code.parse().unwrap_or(1);
            break;
        }
        let ran = statement(machine, now, line, &words);
        total.stdout.push_str(&ran.stdout);
        total.stderr.push_str(&ran.stderr);
        total.code = ran.code;
        total.took = total.took.saturating_add(ran.took);
    }
    ScriptOutcome::new(machine, total)
}

fn statement(machine: &Machine, now: Timestamp, line: &str, words: &[&str]) -> ProgramResult {
    let Some(command) = words.first() else {
        return ProgramResult::default();
    };
    let rest = line[command.len()..].trim();
    match command.to_lowercase().as_str() {
        "hostname" | "$env:computername" => ProgramResult::ok(format!("{}\r\n", machine.computer_name)),
        "whoami" => ProgramResult::ok("nt authority\\system\r\n"),
        "get-date" => ProgramResult::ok(format!("{}\r\n", now.strftime("%A, %B %e, %Y %H:%M:%S"))),
        "write-output" | "write-host" | "echo" => ProgramResult::ok(format!("{}\r\n", rest.trim_matches(['"', '\'']))),
        "start-sleep" => ProgramResult { took: SignedDuration::from_secs(seconds(words)), ..ProgramResult::default() },
        "get-service" => service(words),
        _ => ProgramResult::failed(
            1,
            format!(
                "{command} : The term '{command}' is not recognized as the name of a cmdlet, \
                 function, script file, or operable program.\r\n"
            ),
        ),
    }
}

fn seconds(words: &[&str]) -> i64 {
    let number = words.last().and_then(|word| word.parse().ok());
    number.unwrap_or(0).max(0)
}

fn service(words: &[&str]) -> ProgramResult {
    let name = words.last().copied().unwrap_or_default();
    match name.to_lowercase().as_str() {
        "amazonssmagent" | "w32time" | "eventlog" | "w3svc" => ProgramResult::ok(format!(
            "\r\nStatus   Name               DisplayName\r\n------   ----               -----------\r\nRunning  {name:<18} {name}\r\n"
        )),
        _ => ProgramResult::failed(1, format!("Get-Service : Cannot find any service with service name '{name}'.\r\n")),
    }
}
