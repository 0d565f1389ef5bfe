//! The scripts of the library, run as docs/scripts.md shows.

use std::fs;

use serde_json::{Value, json};

use crate::support::scripts::{header, names, words};
use crate::support::server::{Reply, Server};
use crate::support::{Ran, Shell, repository};

/// The sandbox's clock at the start, so that golden files do not depend on the day.
const NOW: &str = "2026-11-23T12:00:00Z";

fn run_fleet_report(options: &[&str], arguments: &[&str]) -> Ran {
    Shell::new().sandbox().args(options).args(["run", "fleet-report"]).args(arguments).run()
}

const EVERYWHERE: &str = "--regions=eu-central-1,eu-west-1,us-east-1";

#[test]
fn every_script_has_an_example_and_runs_with_it() {
    for name in names() {
        let header = header(&name);
        assert!(header["example"].is_object(), "{name} has no example");
        let words = words(&header["example"]);
        let ran = Shell::new().sandbox().args(["--sandbox-now", NOW, "run", &name]).args(&words).run();
        assert!(ran.ended_with(0) || ran.ended_with(3), "{name}\n{}\n{}", ran.stdout, ran.stderr);
        assert!(!ran.stdout.trim().is_empty(), "{name} prints nothing");
        filters().bind(|| insta::assert_snapshot!(format!("example-{name}"), ran.stdout));
    }
}

#[test]
fn unknown_arguments_are_errors_with_similar_names() {
    for name in names() {
        let header = header(&name);
        let known = header["args"].as_object().expect("arguments");
        let script = || Shell::new().sandbox().args(["run", &name]);
        script()
            .arg("--zzzzzz=1")
            .run()
            .code(2)
            .says("unknown argument 'zzzzzz'")
            .says(&format!("moonfleet help {name}"));
        for argument in known.keys().filter(|argument| argument.len() > 3) {
            script().arg(format!("--{argument}q=1")).run().code(2).says("did you mean '");
        }
    }
}

#[test]
fn missing_required_arguments_are_errors_with_their_name() {
    for name in names() {
        let header = header(&name);
        let required: Vec<&String> = header["args"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, spec)| spec["required"] == json!(true))
            .map(|(argument, _)| argument)
            .collect();
        if !required.is_empty() {
            let mut ran = Shell::new().sandbox().args(["run", &name]).run().code(2);
            for argument in required {
                ran = ran.says(&format!("--{argument}"));
            }
        }
    }
}

#[test]
fn the_list_of_scripts_in_the_docs_matches_the_headers() {
    const BEGIN: &str = "<!-- The scripts: written by the tests off their headers. -->\n";
    const END: &str = "<!-- The end of the scripts. -->\n";
    let fresh = Shell::new().args(["scripts", "--output", "md"]).run().code(0).quiet().stdout;
    let file = repository().join("docs/scripts.md");
    let page = fs::read_to_string(&file).expect("there is a page of the scripts");
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the list");
    let (there, after) = rest.split_once(END).expect("the list has an end");
    let fresh = format!("\n{fresh}\n");
    if there != fresh && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&file, format!("{before}{BEGIN}{fresh}{END}{after}")).expect("the page can be written");
        return;
    }
    assert_eq!(
        there, fresh,
        "docs/scripts.md is stale; `INSTA_UPDATE=always cargo test --test cli list_of_scripts` updates it"
    );
}

#[test]
fn every_script_has_help() {
    for name in names() {
        let header = header(&name);
        let summary = header["summary"].as_str().expect("a summary is text");
        assert!(summary.ends_with('.'), "{name}: a summary is a sentence: {summary}");
        let mut ran = Shell::new().args(["run", &name, "--help"]).run().code(0).prints(summary);
        for (argument, spec) in header["args"].as_object().into_iter().flatten() {
            let help = spec["help"].as_str().expect("help is text");
            assert!(help.ends_with('.'), "{name} --{argument}: help is a sentence: {help}");
            ran = ran.prints(&format!("--{argument}")).prints(help);
        }
        ran.prints(header["risk"].as_str().expect("a risk is text"));
    }
}

/// Replaces times, uptimes and loads, which differ between runs. Columns keep their width.
fn filters() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\bi-[0-9a-f]{17}\b", "i-00000000000000000");
    settings.add_filter(r"\d\d:\d\d:\d\d up ", "HH:MM:SS up ");
    settings.add_filter(r"up \d+ days?, +\d+( min|:\d\d)", "up N days, N min");
    settings.add_filter(r"load average: [\d.]+, [\d.]+, [\d.]+", "load average: N, N, N");
    settings.add_filter(r"─+", "────");
    // The age of a new resource depends on the speed of the computer.
    settings.add_filter(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME");
    settings
}

#[test]
fn fleet_report_prints_a_table_and_groups_of_equal_outputs() {
    let ran = run_fleet_report(&[], &[EVERYWHERE]).code(0).never_says("WARN");
    filters().bind(|| insta::assert_snapshot!("fleet-report", ran.stdout));
}

#[test]
fn fleet_report_prints_only_json() {
    let ran = run_fleet_report(&["--output", "json"], &[]).code(0).never_says("WARN");
    assert!(ran.json().is_array());
    filters().bind(|| insta::assert_snapshot!("fleet-report-json", ran.stdout));
}

#[test]
fn fleet_report_groups_equal_outputs() {
    let ran = run_fleet_report(&[], &["--command", "uname -s"]).code(0).prints("3 instances: 3 ok");
    assert!(ran.stdout.contains("app20-web-[1-3] (3)\n  Linux\n"), "{}", ran.stdout);
}

#[test]
fn fleet_report_without_regions_uses_the_region_of_the_session() {
    for region in ["eu-west-1", "us-east-1"] {
        let rows = run_fleet_report(&["--region", region, "--output", "json"], &[]).code(0).json();
        let rows = rows.as_array().expect("a list").clone();
        assert!(!rows.is_empty() && rows.iter().all(|row| row["region"] == region), "{rows:?}");
    }
}

#[test]
fn an_unhealthy_fleet_is_reported_completely_and_exits_with_3() {
    let ran = run_fleet_report(&["--output", "json"], &["--tag=App=App10", EVERYWHERE]).code(3);
    let report = ran.json();
    let rows = report.as_array().expect("a list");
    let mut reported: Vec<_> = rows.iter().map(|row| row["instance_id"].as_str().unwrap_or_default()).collect();
    reported.sort_unstable();

    let running = Shell::new().sandbox().returned(
        "local ids = {}
         for _, region in ipairs{'eu-central-1', 'eu-west-1', 'us-east-1'} do
           local filters = {['tag:App']='App10', ['instance-state-name']='running'}
           for i in aws.session{region=region}.ec2.describe_instances.items{filters=filters} do
             ids[#ids + 1] = i.instance_id
           end
         end
         table.sort(ids)
         return ids",
    );
    assert_eq!(json!(reported), running, "every running instance is a row, once");

    let status = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no row for {name}"));
        (row["status"].as_str().unwrap_or_default(), row["exit_code"].clone(), row["output"].clone())
    };
    assert_eq!(status("app10-checkout-1").0, "ok");
    assert_eq!((status("app10-checkout-4").0, status("app10-checkout-4").1), ("failed", json!(1)));
    assert_eq!((status("app10-checkout-3").0, status("app10-checkout-3").1), ("unreached", Value::Null));
    assert_eq!(status("app10-ledger-1").0, "unreached");
    assert_ne!(status("app10-ledger-1").2, "", "an instance that was not reached says why");
}

#[test]
fn a_failing_command_exits_with_3() {
    let ran = run_fleet_report(&[], &["--command", "exit 3"]).code(3).prints("3 instances: 3 failed");
    let rows = run_fleet_report(&["--output", "json"], &["--command", "exit 3"]).code(3).json();
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), 3, "{}", ran.stdout);
    assert!(rows.iter().all(|row| row["exit_code"] == 3), "{rows:?}");
}

#[test]
fn a_tag_without_instances_is_a_failure() {
    run_fleet_report(&[], &["--tag=App=Nothing"]).code(1).says("App=Nothing");
    run_fleet_report(&[], &["--tag=Nothing"]).code(1).says("KEY=VALUE");
}

#[test]
fn a_failing_region_is_named_and_the_others_are_reported() {
    let ran = run_fleet_report(&["--output", "json"], &["--regions=eu-central-1,mars-north-1"]).code(3);
    assert_eq!(ran.json().as_array().map(Vec::len), Some(3));
    ran.says("mars-north-1");
}

#[test]
fn the_extension_sets_the_format_of_the_report() {
    let columns = ["name", "instance_id", "region", "type", "state", "status", "exit_code", "output"];

    let ran = run_fleet_report(&[], &["--command=hostname", "--out=report.csv"]).code(0).prints("3 instances: 3 ok");
    let csv = ran.read("report.csv");
    assert_eq!(csv.lines().next(), Some(columns.join(",").as_str()));
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.lines().nth(1).is_some_and(|line| line.starts_with("app20-web-1,i-")), "{csv}");

    let ran = run_fleet_report(&["--output=json"], &["--command=hostname", "--out=sub/report.json"]);
    ran.code(2).says("sub");

    let ran = run_fleet_report(&["--output=json"], &["--command=hostname", "--out=report.json", "--out=-"]).code(0);
    let written: Value = serde_json::from_str(&ran.read("report.json")).expect("the report is JSON");
    assert_eq!(written.as_array().map(Vec::len), Some(3));
    let fields = |rows: &Value| {
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.iter().map(|r| (r["name"].clone(), r["status"].clone(), r["output"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(fields(&written), fields(&ran.json()), "the file has the printed records");

    let ran = run_fleet_report(&[], &["--command=hostname", "--out=report.md"]).code(0);
    let markdown = ran.read("report.md");
    assert!(markdown.lines().next().is_some_and(|line| line.starts_with("| name")), "{markdown}");
    assert_eq!(markdown.lines().filter(|line| line.contains("app20-web-")).count(), 3, "{markdown}");
}

#[test]
fn an_incomplete_report_is_written() {
    let ran = run_fleet_report(&[], &["--tag=App=App10", "--out=report.csv"]).code(3);
    let csv = ran.read("report.csv");
    assert!(csv.contains("app10-checkout-3") && csv.contains("unreached"), "{csv}");
}

#[test]
fn an_unwritable_report_is_an_error_before_any_call() {
    let server = Server::always(Reply::Hangup);
    for (out, why) in [
        ("absent/report.csv", "absent"),
        ("report.xlsx", ".json, .jsonl, .csv, .md, .html"),
        (".", "."),
        ("taken.csv", "folder"),
    ] {
        Shell::new()
            .endpoint(&server.url)
            .file("taken.csv/file", "")
            .args(["run", "fleet-report", "--out", out])
            .run()
            .code(2)
            .says(why);
    }
    server.saw_nothing();
}

#[test]
fn checking_that_a_report_is_writable_keeps_the_old_file() {
    let ran = Shell::new()
        .sandbox()
        .file("report.csv", "the last report\n")
        .args(["run", "fleet-report", "--tag=App=Nothing", "--out=report.csv"])
        .run()
        .code(1);
    assert_eq!(ran.read("report.csv"), "the last report\n");
    let left: Vec<_> = fs::read_dir(ran.home.path()).expect("a folder").flatten().map(|f| f.file_name()).collect();
    assert_eq!(left, ["report.csv"]);
}

/// A server for an account with two running instances, which refuses one operation.
fn refusing(refused: &'static str) -> Server {
    Server::start(move |request| match request.operation().as_str() {
        operation if operation == refused => Reply::json(r#"{"__type":"AccessDeniedException","message":"not you"}"#)
            .status(403)
            .header("x-amzn-errortype", "AccessDeniedException"),
        "DescribeInstances" => running(&["i-1", "i-2"]),
        operation => systems_manager(operation),
    })
}

/// A Systems Manager without lists of invocations.
fn systems_manager(operation: &str) -> Reply {
    match operation {
        "SendCommand" => Reply::json(r#"{"Command":{"CommandId":"c-1","Status":"Pending"}}"#),
        "DescribeTags" => Reply::xml("<DescribeTagsResponse><tagSet/></DescribeTagsResponse>"),
        "GetCommandInvocation" => Reply::json(INVOCATION),
        "ListCommandInvocations" => Reply::json(r#"{"__type":"UnknownOperationException"}"#).status(400),
        "GetCallerIdentity" => Reply::xml(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>me</UserId><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        other => panic!("unexpected operation {other}"),
    }
}

const INVOCATION: &str = r#"{"CommandId":"c-1","Status":"Success","StatusDetails":"Success","ResponseCode":0,
    "StandardOutputContent":"up\n"}"#;

fn running(ids: &[impl AsRef<str>]) -> Reply {
    let item = |id: &str| {
        format!(
            "<item><instanceId>{id}</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
             <instanceType>t3.micro</instanceType><tagSet/></item>"
        )
    };
    let items: String = ids.iter().map(|id| item(id.as_ref())).collect();
    Reply::xml(format!(
        "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><reservationSet><item>\
         <instancesSet>{items}</instancesSet></item></reservationSet></DescribeInstancesResponse>"
    ))
}

#[test]
fn no_instance_is_missing_if_an_operation_is_refused() {
    let ids = |server: &Server| {
        let shell = Shell::new().endpoint(&server.url).args(["--output", "json", "run", "fleet-report"]);
        let ran = shell.run();
        let rows = serde_json::from_str(&ran.stdout).unwrap_or(Value::Null);
        let ids: Vec<_> = rows.as_array().into_iter().flatten().map(|row| row["instance_id"].clone()).collect();
        (ids, ran)
    };
    for refused in ["SendCommand", "GetCommandInvocation"] {
        let server = refusing(refused);
        let (ids, ran) = ids(&server);
        assert_eq!(ids, ["i-1", "i-2"], "{refused} is refused\n{}", ran.stderr);
        let stderr = format!("{}{}", ran.stdout, ran.stderr);
        assert!(stderr.contains("AccessDenied"), "{refused} is refused without an error\n{stderr}");
        ran.code(3);
    }
    let (ids, ran) = ids(&refusing("nothing"));
    assert_eq!(ids, ["i-1", "i-2"]);
    ran.code(0).never_says("WARN");
}

#[test]
fn a_command_whose_response_is_lost_is_not_sent_twice() {
    let server = Server::start(|request| match request.operation().as_str() {
        "DescribeInstances" => running(&["i-1", "i-2"]),
        "GetCallerIdentity" => systems_manager("GetCallerIdentity"),
        "ListCommands" => Reply::json(r#"{"Commands":[]}"#),
        _ => Reply::Hangup,
    });
    let shell = Shell::new().endpoint(&server.url).args(["--output", "json", "run", "fleet-report"]);
    let rows = shell.run().code(3).json();
    assert!(
        rows.as_array().is_some_and(|rows| rows.len() == 2 && rows.iter().all(|r| r["status"] == "unknown")),
        "{rows}"
    );
    let sent = server.operations().iter().filter(|operation| *operation == "SendCommand").count();
    assert_eq!(sent, 1, "the fleet may have run the command {sent} times");
}

#[test]
fn many_instances_are_sent_in_batches() {
    let ids: Vec<String> = (0..120).map(|n| format!("i-{n:017x}")).collect();
    let fleet = ids.clone();
    let server = Server::start(move |request| match request.operation().as_str() {
        "DescribeInstances" => running(&fleet),
        operation => systems_manager(operation),
    });
    let ran = Shell::new().endpoint(&server.url).args(["run", "fleet-report"]).run().code(0);
    assert!(ran.stdout.contains("120 instances: 120 ok"), "{}", ran.stdout);
    let mut sent = Vec::new();
    for request in server.requests().iter().filter(|r| r.operation() == "SendCommand") {
        let batch = request.json()["InstanceIds"].as_array().cloned().unwrap_or_default();
        assert!(batch.len() <= 50, "{}", batch.len());
        sent.extend(batch.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    sent.sort();
    assert_eq!(sent, ids, "every instance is in one batch");
}

#[test]
fn key_figures_of_one_thing_are_in_the_singular() {
    let ran = Shell::new().sandbox().args(["run", "daily-report", "--regions=eu-central-1"]).run();
    ran.prints("\n 1  region\n").prints("  findings\n");
}
