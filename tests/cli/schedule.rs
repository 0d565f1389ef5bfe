//! `moonfleet schedule`: crontab lines and systemd units.

use std::process::Command;

use crate::support::{Ran, Shell, skipped};

fn schedule(args: &[&str]) -> Ran {
    Shell::new().env("TZ", "UTC").arg("schedule").args(args).run()
}

/// Returns the last line that is not a comment.
fn line(ran: &Ran) -> &str {
    ran.stdout.lines().rfind(|line| !line.starts_with('#')).expect("a line that is no comment")
}

#[test]
fn a_crontab_line_has_a_path_a_lock_and_a_timeout() {
    let ran = schedule(&["fleet-report", "--tag", "App=App20", "--at", "0 7 * * 1-5"]).code(0).quiet();
    let binary = crate::support::binary();
    let expected = format!("0 7 * * 1-5 {} --lock --timeout 1h run fleet-report --tag 'App=App20'", binary.display());
    assert_eq!(line(&ran), expected);
    let ran = ran
        .prints("# fleet-report: Run a command on all instances with a tag")
        .prints("07:00 UTC")
        .prints("crontab -e");
    assert!(!ran.stdout.contains("CRON_TZ"));
    // A run every five minutes gets a timeout of five minutes.
    let ran = schedule(&["fleet-report", "--at", "*/5 * * * *"]).code(0).prints("--timeout 5m");
    assert!(line(&ran).starts_with("*/5 * * * * /"));
}

#[test]
fn the_next_runs_count_from_the_sandbox_clock() {
    let shell = Shell::new().args(["--sandbox", "--sandbox-now", "2028-02-28T23:59:00Z", "schedule"]);
    let ran = shell.args(["fleet-report", "--at", "0 6 * * 1-5", "--zone", "UTC"]).run().code(0);
    let ran = ran.prints("Tue 2028-02-29 06:00 UTC").prints("Wed 2028-03-01 06:00 UTC");
    assert!(line(&ran).contains(" --sandbox run fleet-report"), "{}", ran.stdout);
}

#[test]
fn another_zone_is_passed_to_cron_and_shown_beside_utc() {
    let ran = schedule(&["--at", "30 2 * * *", "--zone", "Europe/Berlin", "fleet-report"]).code(0);
    let ran = ran.prints("\nCRON_TZ=Europe/Berlin\n30 2 * * * TZ=Europe/Berlin /").prints(" 02:30 CE");
    ran.prints("ignores it").prints("the clocks");
}

#[test]
fn options_of_the_command_line_are_forwarded_to_the_run() {
    let shell = Shell::new().env("AWS_PROFILE", "prod").env("AWS_REGION", "eu-west-1").file("check.lua", "print(...)");
    let shell = shell.file("r/here", "").file(".aws/config", "[profile prod]\nregion = eu-west-1\n");
    let shell = shell.args(["--out", "r/{date} 100%.html", "--lock=nightly", "--timeout", "30m", "--fail-on", "high"]);
    let ran = shell.args(["schedule", "check.lua", "a b", "50%", "--at", "@daily"]).run().code(0);
    let home = ran.home.path().canonicalize().unwrap();
    let line = line(&ran).to_owned();
    for part in [
        format!("--out '{}/r/{{date}} 100\\%.html'", home.display()),
        "--lock=nightly".to_owned(),
        "--timeout 30m".to_owned(),
        "--fail-on high".to_owned(),
        "--profile prod --region eu-west-1".to_owned(),
        format!("run {}/check.lua 'a b' '50\\%'", home.display()),
    ] {
        assert!(line.contains(&part), "{part}: {line}");
    }
    assert_eq!(line.matches("--lock").count(), 1);
    ran.prints("--profile comes from this shell's environment");
}

/// Runs the line as cron does, which unescapes percent characters and passes the rest to a shell.
#[test]
fn the_crontab_line_runs_the_script_with_its_arguments() {
    let shell = Shell::new().file("check.lua", "print(table.concat({...}, '|'))");
    let words = ["it's", "100%", "$HOME", "a  b", "\\", "*", ""];
    let ran = shell.args(["--sandbox", "schedule", "--at", "@daily", "check.lua"]).args(words).run().code(0);
    let line = line(&ran).strip_prefix("0 0 * * * ").expect("the time").replace("\\%", "%");
    let (mut sh, _) = Shell::program("sh").args(["-c", &line]).into_command();
    let output = sh.env("HOME", ran.home.path()).current_dir("/").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\n", words.join("|")), "{line}");
    assert!(output.status.success() && String::from_utf8_lossy(&output.stderr).contains("exit=0"));
}

#[test]
fn systemd_accepts_the_service_and_the_timer() {
    let words = ["fleet-report", "--command", "df -h | grep '9%' \"$x\""];
    let ran = Shell::new().env("TZ", "UTC").arg("schedule").args(words);
    let ran = ran.args(["--at", "*/15 8-18 1,15 * fri", "--zone", "Europe/Berlin", "--systemd"]).run().code(0).quiet();
    let ran = ran.prints("OnCalendar=*-*-01,15 08..18:00,15,30,45:00 Europe/Berlin\nOnCalendar=Fri *-*-* 08..18:");
    let ran = ran.prints("Persistent=true").prints("Environment=TZ=Europe/Berlin");
    let ran = ran.prints("systemctl --user enable --now moonfleet-fleet-report.timer");
    let ran = ran.prints(r#"--command "df -h | grep '9%%' \"$$x\"""#);
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skipped("systemd-analyze is not here");
    }
    for calendar in ran.stdout.lines().filter_map(|line| line.strip_prefix("OnCalendar=")) {
        let output = Command::new("systemd-analyze").args(["calendar", calendar]).output().unwrap();
        assert!(output.status.success(), "{calendar}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let unit = ran.home.path().join("moonfleet-fleet-report.service");
    let service = ran.stdout.split("# ~/.config/systemd/user/").nth(1).expect("a service");
    std::fs::write(&unit, service.split_once('\n').expect("its name").1).unwrap();
    let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("moonfleet-fleet-report.service"), "{stderr}");
}

#[test]
fn invalid_schedules_are_errors() {
    let wrong = |args: &[&str], part: &str| {
        schedule(args).code(2).says(part).printed("");
    };
    wrong(&["fleet-report", "--at", "0 25 * * *"], "the hour '25' is invalid: unknown value '25'; use 0 to 23");
    wrong(&["fleet-report", "--at", "0 7 * *"], "the expression has 4 fields and needs five");
    wrong(&["fleet-report", "--at", "0 0 30 2 *"], "the expression never matches");
    wrong(&["fleet-report"], "missing --at");
    wrong(&["fleet-report", "--at"], "--at needs a value");
    wrong(&["fleet-rport", "--at", "@daily"], "did you mean fleet-report?");
    wrong(&["fleet-report", "--tga", "x", "--at", "@daily"], "did you mean 'tag'?");
    wrong(&["fleet-report", "--at", "@daily", "--zone", "Europe/Berln"], "did you mean Europe/Berlin?");
    wrong(&["-", "--at", "@daily"], "standard input");
    wrong(&["fleet-report", "--command", "a\nb", "--at", "@daily"], "cannot hold an argument with a line break");
}

#[test]
fn a_run_that_would_fail_at_night_is_an_error() {
    let settings = "[deliver.chat]\nwebhook = { env = \"CHAT_URL\" }\n[deliver.nothing]\nfield = \"x\"\n";
    let wrong = |args: &[&str], part: &str| {
        let shell = Shell::new().env("TZ", "UTC").file(".config/moonfleet/settings.toml", settings);
        let shell = shell.file(".aws/config", "[profile prod]\nregion = eu-west-1\n");
        let ran = shell.args(args).args(["schedule", "ec2-audit-open-ports", "--at", "@daily"]).run();
        ran.code(2).says(part).printed("");
    };
    wrong(
        &["--out", "absent/x.html"],
        "--out absent/x.html: cannot write absent/x.html: the folder absent does not exist; create it first",
    );
    wrong(&["--out", "absent/{date}/x.html"], "the folder absent does not exist");
    wrong(&["--out", "{dat}.html"], "did you mean {date}?");
    wrong(&["--out", "x.htm1"], "unknown file extension");
    wrong(&["--fail-on", "opne-port"], "--fail-on: there is no finding 'opne-port'; did you mean 'open-port'?");
    wrong(&["--deliver", "caht"], "did you mean 'chat'?");
    wrong(&["--deliver", "chat"], "the environment variable CHAT_URL is not set");
    wrong(&["--deliver", "nothing"], "needs either webhook or mail");
    wrong(&["--deliver", "mailto:ops@example.com"], "[smtp]");
    wrong(&["--template", "absent.html"], "absent.html");
    wrong(
        &["--record", "absent/r.jsonl"],
        "--record absent/r.jsonl: the folder absent does not exist; create it first",
    );
    wrong(&["--path", "absent"], "--path absent: the folder does not exist");
    wrong(&["--profile", "pord"], "there is no profile 'pord'; did you mean 'prod'?");
}

#[test]
fn needs_of_a_run_without_a_terminal_are_noted() {
    let destroys = "return script { summary = 'Clean up.', risk = 'destroy', run = function() end }";
    let settings = "[deliver.chat]\nwebhook = { env = \"CHAT_URL\" }\n";
    let shell = || Shell::new().file("clean.lua", destroys).file(".config/moonfleet/settings.toml", settings);
    let scheduled = |shell: Shell| shell.args(["schedule", "clean.lua", "--at", "@daily"]).run().code(0);
    scheduled(shell()).prints("cannot confirm its changes: add --yes and --max-targets");
    let ran = scheduled(shell().arg("--yes"));
    assert!(!ran.stdout.contains("cannot confirm"), "{}", ran.stdout);
    let chat = shell().env("CHAT_URL", "https://chat.example.com/x").args(["--deliver", "chat"]);
    scheduled(chat).prints("reads the environment variable CHAT_URL, which the scheduled run needs as well");
}

#[test]
fn the_command_may_be_written_as_it_is_run() {
    let expected = schedule(&["ec2-audit-open-ports", "--regions", "all", "--at", "@daily"]).code(0).stdout;
    let words = ["ec2-audit-open-ports", "--regions", "all"];
    for before in [&["--at", "@daily", "run"][..], &["--at", "@daily", "--", "run"], &["--at", "@daily", "--"]] {
        schedule(&[before, &words].concat()).code(0).printed(&expected);
    }
    let ran = schedule(&["--at", "@daily", "--", "run", "ec2-audit-open-ports", "--lock=x"]).code(0);
    assert!(line(&ran).contains("--lock=x") && line(&ran).ends_with(" run ec2-audit-open-ports"), "{}", ran.stdout);
    let ran = schedule(&["--at", "@daily", "--", "--lock", "run", "ec2-audit-open-ports"]).code(2);
    ran.says("'--lock' is not a script; write options of moonfleet before `schedule`, or after the script");
}
