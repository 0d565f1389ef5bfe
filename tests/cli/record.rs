//! `--record`: the calls that it records in every kind of run, and the secrets that it never records.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use serde_json::{Value, json};

use crate::support::server::{REQUEST_ID, Reply, Request, Server};
use crate::support::{Ran, Shell, wait_until};

const RECORD: &str = "calls.jsonl";

fn recording(shell: Shell) -> Shell {
    shell.args(["--record", RECORD])
}

fn lines_of(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn lines(ran: &Ran) -> Vec<Value> {
    lines_of(&ran.read(RECORD))
}

/// Returns `operation outcome` for each line, without the call that the record itself makes.
fn outcomes(lines: &[Value]) -> Vec<String> {
    let outcomes = lines.iter().map(|line| format!("{} {}", text(line, "operation"), text(line, "outcome")));
    outcomes.filter(|outcome| !outcome.starts_with("get_caller_identity")).collect()
}

fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line[name].as_str().unwrap_or_default()
}

fn identity() -> Reply {
    Reply::xml(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>me</UserId><Account>123456789012</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>",
    )
}

/// A server for an account without tags, which answers each change of a tag by `answer`.
fn tagging(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request| match request.operation().as_str() {
        "GetCallerIdentity" => identity(),
        "DescribeTags" => Reply::xml("<DescribeTagsResponse><tagSet/></DescribeTagsResponse>"),
        _ => answer(request),
    })
}

fn done() -> Reply {
    Reply::xml("<CreateTagsResponse><return>true</return></CreateTagsResponse>")
}

const TAG: &str = "ec2.create_tags{resources={'i-01234567'}, tags={App='new'}}";

#[test]
fn a_change_is_recorded_before_it_is_sent_and_after() {
    let server = tagging(|_| done());
    let ran = recording(Shell::new().endpoint(&server.url)).chunk(TAG).code(0).quiet();
    let lines = lines(&ran);
    assert_eq!(outcomes(&lines), ["describe_tags ok", "describe_tags ok", "create_tags begun", "create_tags ok"]);
    let [.., begun, ended] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(begun["call"], ended["call"]);
    assert_eq!(begun["run"], ended["run"]);
    assert!(text(begun, "time").ends_with('Z') && text(begun, "time") <= text(ended, "time"));
    for line in [begun, ended] {
        let names = ["account", "region", "service", "operation", "risk"].map(|name| text(line, name).to_owned());
        assert_eq!(names, ["123456789012", "eu-central-1", "ec2", "create_tags", "write"]);
        assert_eq!(line["targets"], json!(["i-01234567"]));
    }
    assert_eq!(begun["input"], json!({"resources": ["i-01234567"], "tags": [{"key": "App", "value": "new"}]}));
    assert_eq!(begun["before"], json!({"i-01234567": {"App": null}}));
    assert_eq!(ended["request_id"], REQUEST_ID);
    assert!(ended["ms"].is_u64());
    assert!(ended.get("input").is_none(), "only the first line has the input");
}

#[test]
fn reads_pages_polls_and_fleet_commands_are_recorded() {
    let script = "
      local web = ec2.describe_instances.all{max_results=5}
      ec2.wait.instance_running{instance_ids={web[1].instance_id}, timeout='1s', delay='1s'}
      fleet.run({tags={App='App20'}}, 'hostname')
      aws.assume('arn:aws:iam::210987654321:role/moonfleet-operator').ec2.describe_vpcs()";
    let ran = recording(Shell::new().sandbox()).script(script);
    let lines = lines(&ran);
    let count = |operation: &str| lines.iter().filter(|line| line["operation"] == operation).count();
    assert!(count("describe_instances") > 2, "pages and polls are calls: {:?}", outcomes(&lines));
    for operation in ["send_command", "list_command_invocations", "assume_role", "describe_vpcs"] {
        assert!(count(operation) > 0, "no {operation}: {:?}", outcomes(&lines));
    }
    let vpcs = lines.iter().find(|line| line["operation"] == "describe_vpcs").expect("a line");
    assert_eq!(vpcs["account"], "210987654321");
    assert_eq!(vpcs["roles"][0]["arn"], "arn:aws:iam::210987654321:role/moonfleet-operator");
}

#[test]
fn every_kind_of_run_is_recorded_and_runs_share_a_file() {
    let ways: [&[&str]; 4] = [&["-e", "ec2.describe_vpcs()"], &["-p", "ec2.describe_vpcs()"], &["s.lua"], &[]];
    let old = tempfile::tempdir().expect("a temporary folder");
    let record = old.path().join(RECORD);
    for (number, way) in (1..).zip(ways) {
        let shell = Shell::new().sandbox().file("s.lua", "ec2.describe_vpcs()").stdin("ec2.describe_vpcs()");
        shell.arg("--record").arg(&record).args(way).run().code(0);
        let lines = lines_of(&fs::read_to_string(&record).expect("the record"));
        assert_eq!(outcomes(&lines), vec!["describe_vpcs ok"; number], "{way:?}");
        let mut runs: Vec<_> = lines.iter().map(|line| text(line, "run")).collect();
        runs.dedup();
        assert_eq!(runs.len(), number);
    }
}

#[test]
fn the_outcomes_of_calls_are_distinguished() {
    let error = |status: u16, code: &str| {
        Reply::xml(format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors></Response>"
        ))
        .status(status)
    };
    for (reply, call, outcome, code) in [
        (error(403, "UnauthorizedOperation"), TAG, "failed", "UnauthorizedOperation"),
        (error(500, "InternalError"), TAG, "unknown", "InternalError"),
        (Reply::Hangup, TAG, "unknown", "ConnectionFailed"),
        (error(400, "InvalidVpcID.NotFound"), "ec2.describe_vpcs()", "failed", "InvalidVpcID.NotFound"),
    ] {
        let server = tagging(move |_| reply.clone());
        let ran = recording(Shell::new().endpoint(&server.url)).chunk(call).code(1);
        let last = lines(&ran).pop().expect("a line");
        assert_eq!((text(&last, "outcome"), text(&last, "code")), (outcome, code));
    }
}

#[test]
fn refused_calls_are_recorded_and_not_sent() {
    let server = tagging(|_| done());
    let ran = recording(Shell::new().endpoint(&server.url)).arg("--read-only").chunk(TAG).code(4);
    let lines = lines(&ran);
    assert_eq!(outcomes(&lines), ["create_tags refused"]);
    assert_eq!(lines[0]["targets"], json!(["i-01234567"]));
    server.saw_nothing();
    let fleet = "fleet.run('i-01234567', 'uptime')";
    let ran = recording(Shell::new().sandbox()).arg("--read-only").chunk(fleet).code(4);
    assert!(outcomes(&self::lines(&ran)).contains(&"send_command refused".to_owned()));
}

#[test]
fn the_outcome_of_a_cancelled_call_is_unknown() {
    let gone = Arc::new(AtomicUsize::new(0));
    let server = tagging(move |_| Reply::Silence(gone.clone()));
    let ran = recording(Shell::new().endpoint(&server.url)).args(["--timeout", "1s"]).chunk(TAG).code(5);
    assert_eq!(
        outcomes(&lines(&ran)),
        ["describe_tags ok", "describe_tags ok", "create_tags begun", "create_tags unknown"]
    );
}

#[cfg(unix)]
#[test]
fn a_change_is_recorded_even_if_the_process_is_killed_during_it() {
    let gone = Arc::new(AtomicUsize::new(0));
    let server = tagging(move |_| Reply::Silence(gone.clone()));
    let (mut child, home) = recording(Shell::new().endpoint(&server.url)).args(["-e", TAG]).spawn();
    wait_until("nothing is sent", || server.operations().contains(&"CreateTags".to_owned()));
    child.kill().expect("it runs");
    child.wait().expect("it was started here");
    let record = home.path().join(RECORD);
    let written = fs::read_to_string(&record).expect("the record");
    let lines = lines_of(&written);
    assert_eq!(outcomes(&lines), ["describe_tags ok", "describe_tags ok", "create_tags begun"]);
    assert_eq!(lines[3]["input"]["resources"], json!(["i-01234567"]));

    let asks = |arguments: &[&str]| {
        let shell = Shell::new().file(RECORD, &written).endpoint(&server.url);
        shell.args(arguments).run().code(0)
    };
    asks(&["undo", RECORD]).prints("its result is unknown").prints("Nothing to undo.");
    asks(&["policy", RECORD]).prints("ec2:CreateTags");
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("the file").permissions().mode() & 0o777
}

/// Runs the program after these shell commands.
#[cfg(unix)]
fn after(commands: &str, url: &str, lua: &str) -> Ran {
    let program = crate::support::binary();
    let line = format!("{commands}; exec {} --endpoint-url {url} --record {RECORD} -e \"{lua}\"", program.display());
    Shell::program("sh").credentials().args(["-c", &line]).run()
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_record_with_any_umask() {
    let server = tagging(|_| done());
    let ran = after("umask 0", &server.url, "ec2.describe_tags()").code(0);
    assert_eq!(mode(&ran.home.path().join(RECORD)), 0o600);
}

#[cfg(unix)]
#[test]
fn no_more_changes_are_made_once_the_record_cannot_be_written() {
    let server = tagging(|_| done());
    let lua = format!("for _ = 1, 40 do pcall(function() {TAG} end) end");
    let ran = after("trap '' XFSZ; ulimit -f 4", &server.url, &lua).code(1);
    ran.says("no more calls are made").says("the record is incomplete");
    let changed = server.operations().iter().filter(|operation| *operation == "CreateTags").count();
    assert!(changed < 40, "the run must stop");

    let server = tagging(|_| done());
    let lua = format!("for _ = 1, 40 do {TAG} end");
    let ran = after("trap '' XFSZ; ulimit -f 4", &server.url, &lua).code(4).says("the call cannot be recorded");
    let changed = server.operations().iter().filter(|operation| *operation == "CreateTags").count();
    let written = ran.read(RECORD);
    let begun = written.lines().filter(|line| line.contains("\"begun\"")).count();
    assert!(changed > 0 && changed <= begun, "{changed} changes, {begun} of them written down");
}

#[test]
fn nothing_is_sent_if_the_record_cannot_be_written() {
    let server = tagging(|_| done());
    for (file, why) in
        [(".", "Is a directory"), ("absent/calls", "No such file"), ("notes", "is not a record of calls")]
    {
        let shell = Shell::new().endpoint(&server.url).file("notes", "dear diary");
        shell.args(["--record", file]).chunk(TAG).code(2).says(file).says(why);
    }
    server.saw_nothing();
}

#[test]
fn secrets_are_not_recorded() {
    let script = "
      ssm.put_parameter{name='/db', value='canary-1', type='SecureString'}
      ssm.put_parameter{name='/size', value='plain', type='String'}
      pcall(iam.change_password, {old_password='canary-2', new_password='canary-3'})
      iam.create_user{user_name='ada'}";
    let ran = recording(Shell::new().sandbox()).script(script).code(0);
    let written = ran.read(RECORD);
    assert!(!written.contains("canary"), "{written}");
    assert!(written.contains("\"value\":\"<secret>\"") && written.contains("\"value\":\"plain\""), "{written}");
    assert!(written.contains("\"new_password\":\"<secret>\""), "{written}");
}

#[test]
fn without_a_record_no_additional_calls_are_made() {
    let server = tagging(|_| done());
    Shell::new().endpoint(&server.url).chunk(TAG).code(0).quiet();
    // DescribeTags is the guard's call for protected resources.
    assert_eq!(server.operations(), ["DescribeTags", "CreateTags"]);
}
