//! Unattended runs: files, comparison, `--fail-on`, locks, signals, and the summary.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Ran, Shell, repository};

const VOLUMES: &str = "report.print({{name='web', volume_id='vol-1', size_gib=8, age=5}, \
                       {name='db', volume_id='vol-2', size_gib=16, age=6}})\n";

fn volumes(args: &[&str]) -> Ran {
    Shell::new().sandbox().args(args).script(VOLUMES)
}

fn files(ran: &Ran) -> Vec<String> {
    let entries = std::fs::read_dir(ran.home.path()).expect("it is there");
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

// Files.

#[test]
fn out_writes_the_report_to_files_instead_of_standard_output() {
    let ran = volumes(&["--out", "v.csv", "--out", "v.json", "--out", "v.html", "--out", "v.jsonl", "--out", "v.md"]);
    let ran = ran.code(0).printed("");
    assert_eq!(ran.read("v.csv"), "name,volume_id,age,size_gib\nweb,vol-1,5,8\ndb,vol-2,6,16\n");
    let json: serde_json::Value = serde_json::from_str(&ran.read("v.json")).expect("it is JSON");
    assert_eq!(json[1]["volume_id"], "vol-2");
    assert!(ran.read("v.html").contains("vol-1") && ran.read("v.md").contains("| web |"));
    assert_eq!(ran.read("v.jsonl").lines().count(), 2);

    let both = volumes(&["--out", "v.csv", "--out", "-", "--output", "json"]).code(0);
    assert_eq!(both.json()[0]["name"], "web");
    // Records from an iterator, too.
    let streamed = "report.print(ec2.describe_vpcs.items(), {columns={'vpc_id'}})";
    let ran = Shell::new().sandbox().args(["--out", "x.csv", "--out", "x.json"]).chunk(streamed).code(0).printed("");
    assert!(ran.read("x.csv").starts_with("vpc_id\nvpc-") && ran.read("x.json").starts_with('['));
    // The value of -p is a report as well; other output stays on standard output.
    Shell::new().sandbox().args(["--out", "x.csv", "-p", "{1, 2}"]).run().code(0).printed("");
    let ran = Shell::new().sandbox().args(["--out", "x.csv"]).chunk("print('hello') report.print({{a=1}})");
    assert_eq!(ran.code(0).printed("hello\n").read("x.csv"), "a\n1\n");
}

#[test]
fn several_reports_of_a_run_become_one_document() {
    let lua = "report.new{title='One'}:table({{a=1}}):print() report.new{title='Two'}:table({{b=2}}):print()";
    let ran = Shell::new().sandbox().args(["--out", "x.md", "--out", "x.json"]).script(lua).code(0);
    let text = ran.read("x.md");
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(place("# script") < place("## One") && place("## One") < place("## Two"), "{text}");
}

#[test]
fn file_names_can_have_placeholders_for_date_and_account() {
    let shell = Shell::new().sandbox().file("r/here", "");
    let ran = shell.args(["--out", "r/{account}/{script}-{region}-{profile}.csv"]).script(VOLUMES).code(0);
    assert!(ran.read("r/123456789012/script-eu-central-1-sandbox.csv").contains("vol-2"));
    let dated = volumes(&["--out", "{date}.csv"]).code(0);
    assert!(files(&dated).iter().any(|name| name.len() == "2026-11-25.csv".len() && name.ends_with(".csv")));
}

#[test]
fn unwritable_files_are_errors_before_the_run() {
    let wrong = |out: &str, part: &str| {
        let shell = Shell::new().sandbox().file("folder.csv/x", "").args(["--out", out]);
        shell.script("print('it ran')").code(2).says(part).printed("");
    };
    wrong("{dat}.csv", "unknown placeholder {dat}; did you mean {date}?");
    wrong("{date.csv", "a { has no closing }");
    wrong("absent/x.csv", "the folder absent does not exist; create it first");
    wrong("absent/{date}/x.csv", "does not exist; create it first");
    wrong("x.exe", "unknown file extension; use one of");
    wrong("folder.csv", "it is a folder");
    volumes(&["--out", "x.csv", "--out", "x.csv"]).code(2).says("another --out names the same file");
    // The prompt and commands without a run have no report.
    Shell::new()
        .args(["--out", "x.csv", "types", "install"])
        .run()
        .code(2)
        .says("--out works only with a script, -e or -p");
}

#[test]
fn a_failed_run_keeps_the_old_file_and_an_incomplete_report_lists_missing_sources() {
    let shell = Shell::new().sandbox().file("x.csv", "old\n").args(["--out", "x.csv"]);
    let ran = shell.script(&format!("{VOLUMES} error('it broke')")).code(1).says("exit=1");
    assert_eq!(ran.read("x.csv"), "old\n");
    let lua = "report.print(sweep.regions({'eu-west-1', 'eu-west-1x'}, function() \
               return ec2.describe_vpcs.all() end).results, {columns={'vpc_id'}})";
    let ran = Shell::new().sandbox().args(["--out", "x.md", "--out", "x.json"]).script(lua).code(3);
    let ran = ran.says("exit=3").says("incomplete=1");
    let text = ran.read("x.md");
    assert!(text.contains("This report is incomplete.") && text.contains("eu-west-1x"), "{text}");
    assert!(ran.read("x.json").starts_with('['), "a program that expects a list gets one");
    // os.exit ends the run as well.
    let ran = Shell::new().sandbox().args(["--out", "x.csv"]).script(&format!("{VOLUMES} os.exit(7)")).code(7);
    assert!(ran.says("exit=7").read("x.csv").contains("vol-2"));
}

#[test]
fn the_report_of_a_contained_script_is_written() {
    let ran = volumes(&["--contain", "--out", "x.csv"]).code(0);
    assert!(ran.read("x.csv").contains("vol-1"));
}

// Comparison.

/// Runs in the home of an earlier run.
fn again(home: Ran, args: &[&str], lua: &str) -> Ran {
    let shell = Shell::at(home.home).sandbox();
    shell.args(args).script(lua)
}

#[test]
fn compare_adds_the_changes_since_the_previous_report() {
    let args = ["--compare", "--out", "v.md"];
    let first = volumes(&args).code(0);
    assert!(first.read("v.md").contains("There is no earlier report"));
    let state = first.home.path().join(".local/state/moonfleet");
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let kept = std::fs::read_dir(state.join("reports")).unwrap().next().unwrap().unwrap().path();
    assert_eq!((mode(&state), mode(&kept)), (0o700, 0o600));

    let later = VOLUMES.replace("age=5", "age=6").replace("size_gib=16", "size_gib=32");
    let later = later.replace("name='web', volume_id='vol-1'", "name='new', volume_id='vol-3'");
    let second = again(first, &args, &later).code(0).says("changes=\"1 added, 1 gone, 1 changed\"");
    let text = second.read("v.md");
    for part in ["### Added", "| new | vol-3 |", "### Gone", "| web | vol-1 |", "### Changed", "size_gib | 16 | 32"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let older = later.replace("age=6", "age=60");
    let third = again(second, &args, &older).code(0);
    assert!(third.read("v.md").contains("No rows were added"), "ages are no change");
    // Another argument or another script has another baseline.
    let other = Shell::at(third.home).sandbox().args(args).args(["script.lua", "x"]).run().code(0);
    assert!(other.read("v.md").contains("There is no earlier report"));
}

/// The daily report of an account. If `since` is set, the account has changed.
const DAILY: &str = r#"
local daily = require("daily")
return script {
  summary = "As daily-report, a day later.",
  risk = "destroy",
  run = function()
    if io.open("since") then
      local function named(name, operation) return operation.all { filters = { ["tag:Name"] = name } }[1] end
      ec2.delete_volume { volume_id = named("app10-ledger-old", ec2.describe_volumes).volume_id }
      ec2.stop_instances { instance_ids = { named("app20-web-1", ec2.describe_instances).instance_id } }
      local group = ec2.describe_security_groups { filters = { ["group-name"] = "https-only" } }.security_groups[1]
      ec2.authorize_security_group_ingress {
        group_id = group.group_id,
        ip_permissions = { { ip_protocol = "tcp", from_port = 22, to_port = 22, ip_ranges = { { cidr_ip = "0.0.0.0/0" } } } },
      }
    end
    return daily.run { regions = { "eu-central-1" }, required_tags = { "Owner" }, least = "low" }
  end,
}
"#;

#[test]
fn the_daily_report_lists_changes_since_the_previous_report() {
    let source = std::fs::read_to_string(repository().join("scripts/daily-report.lua")).expect("the script is there");
    let args = ["--yes", "--compare", "--out", "daily.json", "--out", "daily.html"];
    let shell = Shell::new().sandbox().args(args).file("daily.lua", &source);
    let first = shell.script(DAILY).code(0);
    std::fs::write(first.home.path().join("since"), "").expect("a file");
    let second = again(first, &args, DAILY).code(0);

    let report: Value = serde_json::from_str(&second.read("daily.json")).expect("the report is JSON");
    let tables = report["blocks"].as_array().expect("a report has blocks").iter().filter_map(|b| b["rows"].as_array());
    let rows: Vec<&Value> = tables.flatten().collect();
    let html = second.read("daily.html");
    for (finding, name) in [("open-port", "https-only"), ("unattached-volume", "app10-ledger-old")] {
        let count = rows.iter().filter(|row| row["finding"] == finding && row["name"] == name).count();
        assert!(count > 0, "{finding} of {name}: {report:#}");
    }
    let stopped = rows.iter().find(|row| row["field"] == "state" && row["name"] == "app20-web-1");
    let stopped = stopped.unwrap_or_else(|| panic!("no changed state: {report:#}"));
    assert_eq!((&stopped["before"], &stopped["after"]), (&"running".into(), &"stopping".into()));
    for heading in ["Added", "Gone", "Changed"] {
        assert!(html.contains(heading), "{heading}");
    }
}

#[test]
fn if_changed_writes_nothing_without_changes() {
    let args = ["--if-changed", "--out", "{date}.csv", "--fail-on", "high"];
    let first = volumes(&args).code(0);
    let dated = files(&first).into_iter().find(|name| name.ends_with(".csv")).expect("a file of today");
    std::fs::remove_file(first.home.path().join(&dated)).unwrap();
    let second = again(first, &args, VOLUMES).code(0).says("unchanged=true");
    assert!(!second.home.path().join(&dated).exists());
    let third = again(second, &args, &VOLUMES.replace("size_gib=8", "size_gib=9")).code(0).never_says("unchanged");
    assert!(third.home.path().join(&dated).exists());
    // A missing file is written, and so is an incomplete report.
    let fourth = again(third, &["--if-changed", "--out", "v.csv"], &VOLUMES.replace("size_gib=8", "size_gib=9"));
    assert!(fourth.code(0).read("v.csv").contains("vol-1"));
}

#[test]
fn an_incomplete_report_is_not_compared() {
    let args = ["--compare", "--out", "v.md"];
    let sweep = |regions: &str| {
        format!("report.print(sweep.regions({{{regions}}}, function() return ec2.describe_vpcs.all() end).results)")
    };
    let first = Shell::new().sandbox().args(args).script(&sweep("'eu-west-1'")).code(0);
    let second = again(first, &args, &sweep("'eu-west-1x'")).code(3);
    assert!(
        second.read("v.md").contains("This report is incomplete, so it is not compared"),
        "{}",
        second.read("v.md")
    );
    let third = again(second, &args, &sweep("'eu-west-1'")).code(0);
    assert!(third.read("v.md").contains("No rows were added"), "the last complete report is the baseline");
}

// Conditions.

#[test]
fn fail_on_matches_severities_and_names() {
    let lua = "report.print({{severity='high', finding='open-port', name='web', group_id='sg-1'}})";
    let fails = |on: &str| Shell::new().sandbox().args(["--fail-on", on, "--out", "x.csv"]).script(lua);
    for on in ["high", "low", "open-*"] {
        let ran = fails(on).code(1).says("1 finding is").says(": open-port web sg-1").says("exit=1");
        assert!(ran.read("x.csv").contains("open-port"), "the file is written despite the failure");
    }
    fails("critical").code(0);
    fails("no-such-finding-at-all").code(2).says("there is no finding 'no-such-finding-at-all'");
    fails("hihg").code(2).says("did you mean 'high'?");
}

#[test]
fn a_condition_is_checked_against_the_declared_findings_before_the_run() {
    let fails = |on: &str, options: &[&str]| {
        Shell::new().sandbox().args(options).args(["--fail-on", on, "run", "ec2-audit-open-ports"]).run()
    };
    for options in [&[][..], &["--contain"][..]] {
        let ran =
            fails("opne-port", options).code(2).says("there is no finding 'opne-port'; did you mean 'open-port'?");
        ran.printed("");
        fails("open-port", options).code(1).says("findings are open-port");
        fails("old-*", options).code(2).says("use a severity or one of not-visible, open-port");
    }
    let none = "return script { summary = 'X.', risk = 'read', run = function() print('it ran') end }";
    let ran = Shell::new().sandbox().args(["--fail-on", "high"]).script(none).code(2);
    ran.says("the script declares no findings").printed("");
    let undeclared = "return script { summary = 'X.', risk = 'read', findings = { 'a-b' }, run = function()
        report.print({{ finding = 'a-c', severity = 'low' }}) end }";
    Shell::new()
        .sandbox()
        .args(["--fail-on", "a-b"])
        .script(undeclared)
        .code(0)
        .says("does not declare the findings a-c");
}

// Baselines.

/// A script that reports a group with these open ports, and lists a volatile column.
const PORTS: &str = "return script {
  summary = 'Report ports.',
  risk = 'read',
  findings = { 'open-port' },
  volatile = { 'seen' },
  run = function()
    local rows = {}
    for _, port in ipairs { PORTS } do
      local detail = 'Port ' .. port .. ' is open and was last used DAYS days ago; close it.'
      rows[#rows + 1] = { severity = 'high', finding = 'open-port', group_id = 'sg-1', detail = detail, seen = 'SEEN' }
    end
    report.print(rows, { columns = { 'severity', 'finding', 'group_id', 'detail', 'seen' } })
  end,
}";

#[test]
fn a_swapped_port_is_a_change_and_volatile_cells_are_none() {
    let ports = |ports: &str, days: &str| PORTS.replace("PORTS", ports).replace("DAYS", days).replace("SEEN", days);
    let args = ["--if-changed", "--out", "p.md"];
    let ran = Shell::new().sandbox().args(args).script(&ports("80, 22", "3")).code(0);
    let ran = again(ran, &args, &ports("22, 80", "4")).code(0).says("unchanged=true");
    let ran = again(ran, &args, &ports("80, 3389", "4")).code(0).never_says("unchanged=true");
    let text = ran.says("changes=\"0 added, 0 gone, 1 changed\"").read("p.md");
    assert!(text.contains("Port 22 is open") && text.contains("Port 3389 is open"), "{text}");
}

#[test]
fn a_report_that_says_it_is_incomplete_is_no_baseline() {
    let rows = |names: &str, code: u8| {
        format!(
            "return script {{ summary = 'X.', risk = 'read', run = function() report.print({{{names}}}) return {code} end }}"
        )
    };
    let args = ["--compare", "--out", "x.md"];
    let ran = Shell::new().sandbox().args(args).script(&rows("{name='a'}, {name='b'}", 0)).code(0);
    let ran = again(ran, &args, &rows("{name='a'}", 3)).code(3);
    assert!(ran.read("x.md").contains("This report is incomplete, so it is not compared"));
    let ran = again(ran, &args, &rows("{name='a'}, {name='b'}", 0)).code(0);
    assert!(ran.read("x.md").contains("No rows were added"), "{}", ran.read("x.md"));
}

// Locks.

#[test]
fn a_second_run_with_the_same_lock_exits_with_6() {
    let waits = Shell::new().sandbox().file("script.lua", "print('began') io.stdout:flush() task.sleep(60)");
    let (mut child, home) = waits.args(["--lock", "script.lua"]).spawn();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("its output is piped"));
    out.read_line(&mut line).expect("it begins");
    let started = Instant::now();
    let shell = Shell::at(home).sandbox().args(["--lock", "--out", "x.csv"]);
    let ran = shell.args(["script.lua"]).run().code(6);
    assert!(started.elapsed() < Duration::from_secs(10), "the second run must not wait");
    let ran = ran.says("another run holds the lock '").says(&format!("process {}, since 20", child.id()));
    assert!(!ran.home.path().join("x.csv").exists());
    let locks = ran.home.path().join(".local/state/moonfleet/locks");
    use std::os::unix::fs::PermissionsExt;
    let lock = std::fs::read_dir(&locks).unwrap().next().unwrap().unwrap().path();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&locks), mode(&lock)), (0o700, 0o600));
    // Another name is another lock, and the file of a killed run does not block.
    let ran = Shell::at(ran.home).sandbox().args(["--lock=other", "-e", "print(1)"]).run().code(0);
    child.kill().and_then(|()| child.wait()).expect("it is ours to end");
    let shell = Shell::at(ran.home).sandbox().file("script.lua", "print(1)");
    shell.args(["--lock", "script.lua"]).run().code(0).printed("1\n");
    Shell::new().sandbox().args(["--lock", "-e", "print(1)"]).run().code(2).says("name the lock with --lock=NAME");
}

// How a run ends.

fn signal(child: &Child, signal: i32) {
    let pid = i32::try_from(child.id()).expect("a process's number");
    // SAFETY: a signal to a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

/// Sends a signal once the run has begun. Returns its exit code, its standard error and its home.
fn ended_by(with: i32, lua: &str) -> (Option<i32>, String, tempfile::TempDir) {
    let shell = Shell::new().sandbox().file("x.csv", "old\n").file("script.lua", lua);
    let (mut child, home) = shell.args(["--out", "x.csv", "--lock", "script.lua"]).spawn();
    let mut out = BufReader::new(child.stdout.take().expect("its output is piped"));
    out.read_line(&mut String::new()).expect("it begins");
    let at = Instant::now();
    signal(&child, with);
    let mut stderr = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut stderr).expect("text");
    let code = child.wait().expect("it ends").code();
    assert!(at.elapsed() < Duration::from_secs(5), "{:?}: {stderr}", at.elapsed());
    (code, stderr, home)
}

#[test]
fn signals_end_a_run_quickly_and_keep_the_old_file() {
    let begins = "report.print({{a=1}}) print('began') io.stdout:flush() ";
    let waits = format!("{begins} task.sleep(60)");
    let computes = format!("{begins} while true do pcall(function() while true do end end) end");
    let listens_to_nothing = format!("{begins} string.rep('a', 30):find(string.rep('a?', 30) .. string.rep('a', 30))");
    for (with, code) in [(libc::SIGTERM, 143), (libc::SIGHUP, 129), (libc::SIGINT, 130)] {
        for lua in [&waits, &computes, &listens_to_nothing] {
            let (ended, stderr, home) = ended_by(with, lua);
            assert_eq!(ended, Some(code), "{stderr}");
            assert!(stderr.contains("interrupted") && stderr.contains(&format!("exit={code}")), "{stderr}");
            assert_eq!(std::fs::read_to_string(home.path().join("x.csv")).unwrap(), "old\n");
            let left = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
            assert!(left.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "a draft is left");
        }
    }
}

#[test]
fn nohup_makes_a_run_ignore_sighup() {
    let lua = "print('began') io.stdout:flush() repeat task.sleep(0.01) until io.open('go') print('done')";
    let (mut nohup, home) = Shell::new().sandbox().args(["-e", lua]).through("nohup", &[]);
    nohup.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = nohup.spawn().expect("nohup is there");
    let mut out = BufReader::new(child.stdout.take().expect("its output is piped"));
    out.read_line(&mut String::new()).expect("it begins");
    signal(&child, libc::SIGHUP);
    std::fs::write(home.path().join("go"), "").expect("a file in a temporary folder");
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("text");
    assert_eq!((child.wait().expect("it ends").code(), rest.as_str()), (Some(0), "done\n"));
}

#[test]
fn a_timeout_ends_every_phase_of_a_run() {
    let slow = "[deliver.slow]\nwebhook = 'http://127.0.0.1:1/'\n[smtp]\nserver='smtp://x'\nfrom='a@b'\nuser='u'\n\
                password = { command = 'sleep 60' }";
    let cases: [(&[&str], &str); 4] = [
        (&[], "task.sleep(60)"),
        (&[], "while true do pcall(error) end"),
        // The command for a password before the run, and a delivery after it.
        (&["--deliver", "mailto:a@b"], "report.print({1})"),
        (&["--deliver", "slow"], "report.print({1})"),
    ];
    for (args, lua) in cases {
        let shell = Shell::new().sandbox().file(".config/moonfleet/settings.toml", slow);
        let started = Instant::now();
        let ran = shell.args(["--timeout", "1s", "--summary"]).args(args).script(lua).code(5);
        ran.says("exceeded its time limit of 1s").says("exit=5");
        assert!(started.elapsed() < Duration::from_secs(8), "{args:?} {lua}: {:?}", started.elapsed());
    }
}

#[test]
fn a_run_without_a_terminal_logs_only_the_summary() {
    let ran = volumes(&["--out", "v.csv"]).code(0);
    let [line] = &ran.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{}", ran.stderr) };
    for part in ["run ended script=\"script\" exit=0 seconds=", "rows=2", "files=\"v.csv\"", "requests=0 retries=0"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains('\u{1b}'));
    // The stages of a fleet run are logged only at a terminal.
    let fleet = "fleet.run({tags={App='App20'}}, 'uptime')";
    let ran = Shell::new().sandbox().args(["--summary", "-e", fleet]).run().code(0);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    volumes(&[]).code(0).quiet();
    let ran = volumes(&["--summary", "--log-format", "json"]).code(0);
    let line: serde_json::Value = serde_json::from_str(ran.stderr.trim()).expect("a line of JSON");
    assert_eq!((&line["message"], &line["exit"]), (&"run ended".into(), &0.into()));
}

// Full disks, and killed runs.

#[test]
fn a_full_disk_is_an_error_and_keeps_the_old_file() {
    let shell = Shell::new().sandbox().file("x.csv", "old\n");
    let lua = "local rows = {} for i = 1, 20000 do rows[i] = {name='row', n=i} end report.print(rows)";
    let shell = shell.file("script.lua", lua).args(["--out", "x.csv", "script.lua"]);
    // Limits files to 64 blocks, and ignores the signal for longer files, so that the write fails instead.
    let limit = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
    let (mut limited, home) = shell.through("sh", &["-c", limit, "sh"]);
    let output = limited.output().expect("a shell is there");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot write x.csv") && stderr.contains("File too large"), "{stderr}");
    assert_eq!(std::fs::read_to_string(home.path().join("x.csv")).unwrap(), "old\n");
    let left = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "a draft is left");
}

#[test]
fn a_full_file_system_keeps_the_old_file() {
    let Some(disk) = Disk::with_size("256k") else {
        return crate::support::skipped("only root can mount a small disk");
    };
    std::fs::write(disk.0.path().join("x.csv"), "old\n").unwrap();
    let out = disk.0.path().join("x.csv");
    let lua = "local rows = {} for i = 1, 40000 do rows[i] = {name='row', n=i} end report.print(rows)";
    let ran = Shell::new().sandbox().arg("--out").arg(&out).script(lua).code(1);
    ran.says("cannot write").says("x.csv").says("No space left on device");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "old\n");
    assert_eq!(std::fs::read_dir(disk.0.path()).unwrap().count(), 1, "a draft is left");
}

/// A small file system in memory.
struct Disk(tempfile::TempDir);

impl Disk {
    fn with_size(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Disk(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_killed_run_leaves_the_old_or_the_new_report() {
    let text = |n: u32| format!("local rows = {{}} for i = 1, 3000 do rows[i] = {{a=i, n={n}}} end report.print(rows)");
    let shell = Shell::new().sandbox().file("one.lua", &text(1)).file("two.lua", &text(2));
    let first = shell.args(["--out", "x.csv", "one.lua"]).run().code(0);
    let one = first.read("x.csv");
    let started = Instant::now();
    let second = Shell::at(first.home).sandbox().args(["--out", "x.csv", "two.lua"]).run().code(0);
    let step = started.elapsed() / 50;
    let two = second.read("x.csv");
    // Only the last column differs, so that both texts have the same length and a mixture would be found.
    assert_eq!(two, one.replace(",1\n", ",2\n"));
    let mut home = second.home;
    // Each run is killed a little later than the previous one, until five runs in a row have written their report.
    let (mut wait, mut done_in_a_row) = (Duration::ZERO, 0);
    for at in 0.. {
        let (script, mine) = if at % 2 == 0 { ("one.lua", &one) } else { ("two.lua", &two) };
        let before = std::fs::read_to_string(home.path().join("x.csv")).expect("a report is there, always");
        let (mut child, there) = Shell::at(home).sandbox().args(["--out", "x.csv", script]).spawn();
        thread::sleep(wait);
        child.kill().and_then(|()| child.wait()).expect("it is ours to end");
        home = there;
        let now = std::fs::read_to_string(home.path().join("x.csv")).expect("a report is there, always");
        assert!(now == before || now == *mine, "a mixture, or a part: {} bytes after {wait:?}", now.len());
        done_in_a_row = if now == *mine && before != now { done_in_a_row + 1 } else { 0 };
        if done_in_a_row == 5 {
            assert!(at > 5, "no run was killed before its end");
            break;
        }
        wait += step;
    }
}

#[test]
fn concurrent_runs_write_one_complete_report() {
    let text = |n: u32| format!("local rows = {{}} for i = 1, 3000 do rows[i] = {{a=i, n={n}}} end report.print(rows)");
    let shell = Shell::new().sandbox().file("1.lua", &text(1)).file("2.lua", &text(2));
    let (first, home) = shell.args(["--out", "x.csv", "1.lua"]).spawn();
    let (second, home) = Shell::at(home).sandbox().args(["--out", "x.csv", "2.lua"]).spawn();
    for child in [first, second] {
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = std::fs::read_to_string(home.path().join("x.csv")).unwrap();
    let ends: std::collections::BTreeSet<&str> =
        text.lines().skip(1).filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!((ends.len(), text.lines().count()), (1, 3001));
}

#[test]
fn a_closed_pipe_ends_the_run_without_an_error() {
    let lua = "for i = 1, tonumber(...) do report.print({{a=i}}) end";
    let sh = |line: &str| Shell::program("sh").file("script.lua", lua).args(["-c", line]).run();
    let program = crate::support::binary();
    let program = program.display();
    sh(&format!("{program} --sandbox script.lua 100000 | head -1")).code(0).quiet();
    // The file is written nevertheless.
    let ran = sh(&format!("{program} --sandbox --out - --out x.csv script.lua 1000 2>/dev/null | true")).code(0);
    assert_eq!(ran.read("x.csv").lines().count(), 1001);
}
