//! `fleet`, with the real binary: against a server whose fleet outlives the process, in the sandbox, and at a
//! terminal.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::fleet::{Fleet, Machine};
use crate::support::server::Reply;
use crate::support::{sandbox, wait_until};

const SHORT: Duration = Duration::from_millis(300);

fn ids(fleet: &Fleet) -> String {
    let ids = fleet.with(|state| state.machines.iter().map(|m| format!("'{}'", m.id)).collect::<Vec<_>>());
    format!("{{{}}}", ids.join(", "))
}

// Results.

#[test]
fn results_are_in_the_order_of_the_targets() {
    let fleet = Fleet::with_machines(3, SHORT);
    fleet.with(|state| state.machines[1].code = 3);
    let script = format!(
        "local heard = {{}}
         local run = fleet.run({}, 'uptime', {{on_result=function(r) heard[#heard + 1] = r.instance_id end}})
         table.sort(heard)
         print(json.encode{{results=run.results, counts=run.counts, ids=#run.command_ids, ok=run.ok(),
                           failed=#run:failed(), grouped=run.grouped(), heard=heard}})",
        ids(&fleet)
    );
    let ran = fleet.shell().chunk(&script).code(3);
    let result = ran.json();
    assert_eq!(result["counts"], json!({"ok": 2, "failed": 1, "unreached": 0, "cancelled": 0, "unknown": 0}));
    assert_eq!((&result["ids"], &result["ok"], &result["failed"]), (&json!(1), &json!(false), &json!(1)));
    assert_eq!(result["grouped"], "web-[1-3] (3)\n  fine\n");
    let expected = [("web-1", "ok", 0), ("web-2", "failed", 3), ("web-3", "ok", 0)];
    let results = result["results"].as_array().expect("a list");
    assert_eq!(results.len(), expected.len());
    for (row, (name, status, code)) in results.iter().zip(expected) {
        assert_eq!((&row["name"], &row["status"], &row["exit_code"]), (&json!(name), &json!(status), &json!(code)));
        assert_eq!((&row["account"], &row["region"]), (&json!("123456789012"), &json!("eu-central-1")));
        assert_eq!((&row["stdout"], &row["truncated"]), (&json!("fine\n"), &json!(false)));
    }
    assert_eq!(result["heard"].as_array().map(Vec::len), Some(3));
    let commands = fleet.commands();
    assert_eq!(commands[0].request["Parameters"]["commands"], json!(["uptime"]));
    assert_eq!(commands[0].request["DocumentName"], "AWS-RunShellScript");
    ran.says("plan: 3 targets in 1 location")
        .says("send: 00000001-")
        .says("watch: until")
        .says("gather: 2 ok, 1 failed")
        .never_says("\u{1b}");
}

#[test]
fn a_run_is_shown_as_a_table_of_its_results() {
    let fleet = Fleet::with_machines(2, SHORT);
    let shell = fleet.shell().args(["-p", &format!("fleet.run({}, 'uptime')", ids(&fleet))]);
    let ran = shell.run().code(0).prints("name   instance_id").prints("web-1").prints("fine");
    assert_eq!(ran.stdout.lines().count(), 4, "{}", ran.stdout);
    let shell = fleet.shell().args(["--output", "csv", "-p", &format!("fleet.run({}, 'uptime')", ids(&fleet))]);
    shell.run().code(0).prints("\nweb-1,i-00000000000000001,");
}

#[test]
fn duplicate_targets_run_once_and_an_empty_list_makes_no_call() {
    let fleet = Fleet::with_machines(3, SHORT);
    let twice = format!(
        "{{'i-00000000000000001', {{instance_id='i-00000000000000001'}}, {{tags={{App='x'}}}}, {}}}",
        ids(&fleet)
    );
    let result = fleet.shell().eval(&format!("#fleet.run({twice}, 'uptime', {{regions={{'a-1', 'a-1'}}}}).results"));
    assert_eq!(result, 3);
    assert_eq!(fleet.ran(), [1, 1, 1]);
    let fleet = Fleet::with_machines(0, SHORT);
    let result = fleet.shell().eval("fleet.run({}, 'uptime').counts");
    assert_eq!(result, json!({"ok": 0, "failed": 0, "unreached": 0, "cancelled": 0, "unknown": 0}));
    fleet.server.saw_nothing();
    let ran = sandbox().chunk("fleet.run({tags={App='App99'}}, 'uptime')").code(0);
    ran.says("no running machine matches the targets in eu-central-1");
}

#[test]
fn all_regions_are_the_regions_of_the_account() {
    let run = "fleet.run({tags={App='App20'}}, 'hostname', {regions='all'})";
    let result = sandbox().returned(&format!(
        "local run, seen = {run}, {{}} for _, r in ipairs(run.results) do seen[r.region] = true end return seen"
    ));
    assert_eq!(result, json!({"eu-central-1": true, "eu-west-1": true, "us-east-1": true}));
}

#[test]
fn a_plan_runs_on_its_own_targets_later() {
    let fleet = Fleet::with_machines(3, SHORT);
    let plan = fleet.shell().eval("fleet.plan{tags={App='x'}}");
    assert_eq!(plan.as_array().map(Vec::len), Some(3));
    assert_eq!(plan[0]["name"], "web-1");
    // The fleet has grown since the plan.
    fleet.with(|state| {
        let more = Machine { id: "i-00000000000000009".to_owned(), ..state.machines[0].clone() };
        state.machines.push(more);
    });
    let script = "return fleet.run(json.decode(io.open('plan.json'):read('a')), 'uptime').counts.ok";
    assert_eq!(fleet.shell().file("plan.json", &plan.to_string()).returned(script), 3);
    assert_eq!(fleet.ran(), [1, 1, 1, 0]);
}

#[test]
fn rows_with_an_account_and_region_run_there() {
    let fleet = Fleet::with_machines(2, SHORT);
    let script = "local rows = {{instance_id='i-00000000000000001', region='a-1'}, {instance_id='i-00000000000000002', region='b-1'}}
        local run = fleet.run(rows, 'uptime')
        return {run.results[1].region, run.results[2].region, run.ok()}";
    assert_eq!(fleet.shell().returned(script), json!(["a-1", "b-1", true]));
    let sent = fleet.server.requests().into_iter().filter(|r| r.operation() == "SendCommand");
    let mut regions: Vec<_> = sent.map(|request| request.region()).collect();
    regions.sort();
    assert_eq!(regions, ["a-1", "b-1"]);
}

#[test]
fn each_platform_gets_its_shell_and_the_platform_of_hybrid_nodes_is_looked_up() {
    let machine = |id: &str, windows| Machine {
        id: id.to_owned(),
        name: id.to_owned(),
        windows,
        takes: SHORT,
        ..Machine::default()
    };
    let fleet =
        Fleet::start(vec![machine("i-1", false), machine("i-2", true), machine("mi-3", true), machine("mi-4", false)]);
    let result = fleet.shell().eval("fleet.run({'i-1', 'i-2', 'mi-3', 'mi-4'}, 'hostname', {stop_on_error=true}).ok()");
    assert_eq!(result, true);
    let mut sent: Vec<_> = fleet
        .commands()
        .into_iter()
        .map(|c| (c.request["DocumentName"].clone(), c.ids, c.request["Parameters"]["commands"][0].clone()))
        .collect();
    sent.sort_by_key(|(_, ids, _)| ids.clone());
    assert_eq!(sent[0], (json!("AWS-RunShellScript"), vec!["i-1".to_owned(), "mi-4".to_owned()], json!("set -e")));
    assert_eq!(sent[1].0, "AWS-RunPowerShellScript");
    assert_eq!(sent[1].2, "$ErrorActionPreference = 'Stop'");
}

#[test]
fn an_incomplete_group_is_an_error() {
    let fleet = Fleet::with_machines(3, SHORT);
    assert_eq!(fleet.shell().eval("fleet.run({resource_group='App20-RG'}, 'uptime').counts.ok"), 3);
    fleet.with(|state| state.query_errors = true);
    let ran = fleet.shell().chunk("fleet.run({resource_group='App20-RG'}, 'uptime')").code(1);
    ran.says("App20-RG is incomplete").says("CLOUDFORMATION_STACK_INACTIVE");
    assert_eq!(fleet.ran(), [1, 1, 1]);
}

#[test]
fn invalid_options_are_errors_before_any_call() {
    let fleet = Fleet::with_machines(1, SHORT);
    for (call, expected) in [
        ("fleet.run('web-1', 'uptime')", "which is not the id of an instance"),
        ("fleet.run({tags={}}, 'uptime')", "tags without a value"),
        ("fleet.run({tags={App={}}}, 'uptime')", "tags without a value"),
        ("fleet.run({tag={App='x'}}, 'uptime')", "without instance_id, tags or resource_group"),
        ("fleet.run({tags={App='x'}, state='running'}, 'uptime')", "tags together with state"),
        ("fleet.run({'i-1'}, '  ')", "the command is empty"),
        ("fleet.run({'i-1'}, {})", "the command is empty"),
        ("fleet.run({'i-1'}, 'x', {max_concurency=3})", "did you mean `max_concurrency`?"),
        ("fleet.run({'i-1'}, 'x', {max_concurrency=0})", "`max_concurrency` must be"),
        ("fleet.run({'i-1'}, 'x', {max_errors='200%'})", "`max_errors` must be"),
        ("fleet.run({'i-1'}, 'x', {timeout='5s'})", "`timeout` must be from"),
        ("fleet.run({'i-1'}, 'x', {regions={}})", "the list of regions is empty"),
        ("fleet.run({'i-1'}, 'x', {server_side=true})", "one tag or one resource group"),
        ("fleet.run({'i-1'}, {document='D', parameter={}})", "unknown field `parameter` beside `document`"),
        ("fleet.run({'i-1'}, {document='D'}, {shell='sh'})", "`shell` must be left out"),
        ("fleet.run({'i-1'}, {document='D', parameters={p={a='b'}}})", "the document parameter p"),
        ("fleet.run({'i-1'}, 'x', {s3_prefix='p'})", "`s3_prefix` needs option `s3_bucket`"),
        ("fleet.attach({})", "expected the id of a command"),
    ] {
        fleet.shell().chunk(call).code(1).says(expected);
    }
    fleet.server.saw_nothing();
}

#[test]
fn a_read_only_script_cannot_run_commands() {
    let fleet = Fleet::with_machines(1, SHORT);
    let script =
        "return script{summary='x', risk='read', run=function() fleet.run({'i-00000000000000001'}, 'uptime') end}";
    fleet.shell().script(script).code(4).says("ssm.send_command").says("refused");
    fleet.server.saw_nothing();
}

#[test]
fn truncated_output_is_fetched_from_its_bucket_or_marked() {
    let fleet = Fleet::with_machines(1, SHORT);
    fleet.with(|state| state.machines[0].stdout = "x".repeat(23_980) + "--output truncated--");
    let run = |options: &str| {
        let shell = fleet.shell();
        shell.returned(&format!(
            "local r = fleet.run({}, 'x', {options}).results[1] return {{#r.stdout, r.truncated}}",
            ids(&fleet)
        ))
    };
    assert_eq!(run("{}"), json!([24_000, true]));
    fleet.with(|state| state.kept = Some("y".repeat(50_000)));
    assert_eq!(run("{s3_bucket='logs'}"), json!([50_000, false]));
    let fetched = fleet.server.requests().into_iter().find(|request| request.path().starts_with("/logs/"));
    assert_eq!(fetched.map(|request| request.region()), Some("eu-central-1".to_owned()));
}

#[test]
fn a_windows_row_without_a_platform_gets_powershell() {
    let fleet = Fleet::start(vec![Machine { id: "i-2".to_owned(), windows: true, takes: SHORT, ..Machine::default() }]);
    assert_eq!(
        fleet.shell().eval("fleet.run({{instance_id='i-2', name='named'}}, 'hostname').results[1].name"),
        "named"
    );
    assert_eq!(fleet.commands()[0].request["DocumentName"], "AWS-RunPowerShellScript");
}

// Every command runs once, and no result is lost.

#[test]
fn a_command_whose_response_was_lost_is_found_and_its_results_collected() {
    let fleet = Fleet::with_machines(60, SHORT);
    fleet.with(|state| state.lose = 2);
    let result = fleet.shell().eval(&format!("fleet.run({}, 'uptime').counts", ids(&fleet)));
    assert_eq!(result["ok"], 60);
    assert!(fleet.ran().iter().all(|ran| *ran == 1));
    assert_eq!(fleet.commands().len(), 2);
}

/// Some proxies answer that a request was too large after AWS has accepted it.
#[test]
fn an_error_that_is_not_from_aws_is_not_retried() {
    let throttled = || Reply::json(r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#);
    for lost in [Reply::rest("").status(429), throttled().status(503), Reply::rest("<html>").status(408)] {
        let fleet = Fleet::with_machines(2, SHORT);
        fleet.with(|state| (state.lose, state.lose_as) = (1, Some(lost.clone())));
        assert_eq!(fleet.shell().eval(&format!("fleet.run({}, 'uptime').counts.ok", ids(&fleet))), 2);
        assert_eq!(fleet.ran(), [1, 1]);
    }
}

#[test]
fn a_document_with_several_steps_returns_the_output_of_each() {
    let fleet = Fleet::with_machines(1, SHORT);
    fleet.with(|state| state.steps = vec!["PatchWindows", "PatchLinux"]);
    let run =
        format!("fleet.run({}, {{document='AWS-RunPatchBaseline', parameters={{Operation='Scan'}}}})", ids(&fleet));
    let result = fleet.shell().eval(&format!("{run}.results[1].stdout"));
    assert_eq!(result, "PatchWindows is fine\n\nPatchLinux is fine\n");
    assert_eq!(fleet.commands()[0].request["Parameters"], json!({"Operation": ["Scan"]}));
}

#[test]
fn an_invalid_id_is_reported_and_the_others_run_once() {
    let fleet = Fleet::with_machines(50, SHORT);
    fleet.with(|state| state.unmanaged = vec![state.machines[20].id.clone()]);
    let shell = fleet.shell().args(["--output", "json", "-p", &format!("fleet.run({}, 'uptime')", ids(&fleet))]);
    let result = shell.run().code(3).json();
    assert_eq!((&result["counts"]["ok"], &result["counts"]["unreached"]), (&json!(49), &json!(1)));
    assert!(result["results"][20]["detail"].as_str().is_some_and(|detail| detail.contains("InvalidInstanceId")));
    assert_eq!(fleet.ran().iter().sum::<usize>(), 49);
}

/// The fields of a result that are the same in every run.
fn comparable(run: &Value) -> Vec<Value> {
    let rows = run["results"].as_array().expect("a list").iter().cloned();
    rows.map(|mut row| {
        row.as_object_mut().expect("a row").remove("command_id");
        row
    })
    .collect()
}

#[test]
fn another_process_collects_the_same_results_of_a_killed_run() {
    let prepare = || {
        let fleet = Fleet::with_machines(70, Duration::from_secs(2));
        fleet.with(|state| {
            state.machines[3].code = 7;
            state.machines[66].stdout = "else\n".to_owned();
        });
        fleet
    };
    let run = "fleet.run({tags={App='x'}}, 'uptime')";
    let undisturbed = prepare().shell().args(["--output", "json", "-p", run]).run().code(3).json();

    let fleet = prepare();
    let (mut child, home) = fleet.shell().args(["--record", "run.jsonl", "-p", run]).spawn();
    let record = home.path().join("run.jsonl");
    let recorded = || {
        let lines = std::fs::read_to_string(&record).unwrap_or_default();
        let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .filter_map(|line| Some(line["answer"]["command"]["command_id"].as_str()?.to_owned()))
            .collect::<BTreeSet<_>>()
    };
    wait_until("the commands are not recorded", || recorded().len() == 2);
    child.kill().and_then(|()| child.wait()).expect("the child runs");
    let sent: BTreeSet<_> = fleet.commands().into_iter().map(|command| command.id).collect();
    assert_eq!(recorded(), sent);
    let ids: Vec<_> = recorded().iter().map(|id| format!("'{id}'")).collect();
    let attach = format!("fleet.attach{{{}}}", ids.join(", "));
    let gathered = fleet.shell().args(["--output", "json", "-p", &attach]).run().code(3).json();
    assert_eq!(comparable(&gathered), comparable(&undisturbed));
    assert_eq!(gathered["counts"], undisturbed["counts"]);
    assert!(fleet.ran().iter().all(|ran| *ran == 1), "attaching sends nothing");
    fleet.shell().chunk("fleet.attach('00000009-0000-4000-8000-000000000000')").code(1).says("no command 00000009-");
}

#[cfg(unix)]
#[test]
fn sigterm_cancels_running_commands_and_prints_how_to_attach() {
    let fleet = Fleet::with_machines(60, Duration::from_secs(60));
    // A failed cancellation is retried.
    fleet.with(|state| state.refuse_to_cancel = 2);
    let (child, _home) = fleet.shell().args(["-e", &format!("fleet.run({}, 'sleep 60')", ids(&fleet))]).spawn();
    let looks = || fleet.server.operations().iter().filter(|name| *name == "ListCommandInvocations").count();
    wait_until("nothing is watched", || looks() >= 2);
    terminate(&child);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(143), "{stderr}");
    assert!(stderr.contains("interrupted: 60 not known yet"), "{stderr}");
    // The two batches are in any order.
    let (_, attach) = stderr.split_once("fleet.attach({").unwrap_or_else(|| panic!("{stderr}"));
    let commands = fleet.commands();
    assert_eq!(commands.len(), 2);
    assert!(commands.iter().all(|command| attach.contains(&command.id) && command.cancelled.is_some()), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_signal_during_a_send_finds_and_cancels_the_command() {
    let fleet = Fleet::with_machines(1, Duration::from_secs(60));
    fleet.with(|state| state.lose = 1);
    let (child, _home) = fleet.shell().args(["-e", &format!("fleet.run({}, 'sleep 60')", ids(&fleet))]).spawn();
    wait_until("nothing is sent", || !fleet.commands().is_empty());
    terminate(&child);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(143), "{stderr}");
    assert!(stderr.contains("may have been sent"), "{stderr}");
    assert!(fleet.commands()[0].cancelled.is_some(), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_callback_that_only_computes() {
    let fleet = Fleet::with_machines(2, SHORT);
    fleet.with(|state| state.machines[1].takes = Duration::from_secs(60));
    let script = format!(
        "fleet.run({}, 'x', {{on_result=function() print('looping') io.stdout:flush() while true do end end}})",
        ids(&fleet)
    );
    let (mut child, _home) = fleet.shell().args(["-e", &script]).spawn();
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output is piped");
    BufReader::new(stdout).read_line(&mut line).expect("it calls back");
    terminate(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(143), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fleet.commands()[0].cancelled.is_some());
}

#[cfg(unix)]
fn terminate(child: &Child) {
    let pid = i32::try_from(child.id()).expect("a process's number");
    // SAFETY: a signal to a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
}

// In the sandbox.

#[test]
fn output_that_systems_manager_truncates_is_marked_in_every_format() {
    for (command, cut) in [
        ("printf %s $(seq 1 100)", false),
        // 24,001 characters of standard output, and 8,001 of standard error.
        ("seq 1 9999 | head -c 24001", true),
        ("seq 1 9999 | head -c 8001 >&2", true),
        ("seq 1 9999 | head -c 7999 >&2", false),
    ] {
        let run = format!("fleet.run({{tags={{Name='app20-web-1'}}}}, '{command}')");
        assert_eq!(sandbox().eval(&format!("{run}.results[1].truncated")), cut, "{command}");
        let json = sandbox().eval(&run);
        assert_eq!(json["results"][0]["truncated"], cut, "{command}");
        let table = sandbox().args(["--output", "csv", "-p", &run]).run().code(0);
        assert_eq!(
            table.stdout.lines().next().is_some_and(|line| line.contains(",truncated,")),
            cut,
            "{}",
            table.stdout
        );
    }
}

#[test]
fn output_in_s3_is_fetched_completely() {
    let run =
        "fleet.run({tags={Name='app20-web-1'}}, 'seq 1 9999 | head -c 30000', {s3_bucket='logs', s3_prefix='fleet'})";
    let result = sandbox().returned(&format!("local r = {run}.results[1] return {{#r.stdout, r.truncated}}"));
    assert_eq!(result, json!([30000, false]));
}

#[test]
fn output_in_s3_is_an_object_and_reading_it_is_recorded() {
    let script =
        "local result = fleet.run({tags={Name='app20-web-1'}}, 'seq 1 9999 | head -c 30000', {s3_bucket='logs'})
        local objects = aws.service('s3').list_objects_v2({bucket='logs'}).contents
        return {#result.results[1].stdout, #objects, objects[2].size}";
    let ran =
        sandbox().args(["--record", "calls.jsonl"]).chunk(&format!("print(json.encode((function() {script} end)()))"));
    let ran = ran.code(0).printed("[30000,2,30000]\n");
    let record = ran.read("calls.jsonl");
    let read = record.lines().find(|line| line.contains(r#""operation":"get_object""#)).expect("the call is recorded");
    for part in [r#""service":"s3""#, r#""risk":"read""#, r#""outcome":"ok""#] {
        assert!(read.contains(part), "{part} is missing in {read}");
    }
}

#[test]
fn a_tag_or_a_group_is_sent_as_one_command() {
    let counts = sandbox().eval("fleet.run({tags={App='App20'}}, 'uptime', {server_side=true}).counts");
    assert_eq!(counts["ok"], 3);
    let run = "fleet.run({resource_group='App30-RG'}, 'uptime', {server_side=true, timeout='30s'}).command_ids";
    assert_eq!(sandbox().eval(run).as_array().map(Vec::len), Some(1));
}

#[test]
fn start_and_end_of_a_result_are_times() {
    let result = sandbox().returned(
        "local r = fleet.run({tags={Name='app20-web-1'}}, 'sleep 1').results[1]
         return {r.ended > r.started, tostring(r.started), r.id == r.instance_id}",
    );
    assert_eq!((&result[0], &result[2]), (&json!(true), &json!(true)));
    assert!(result[1].as_str().is_some_and(|text| text.ends_with('Z')), "{result}");
}

#[test]
fn a_command_that_exceeds_its_timeout_fails() {
    let run = "fleet.run({tags={Name='app20-web-1'}}, 'sleep 60', {execution_timeout='1s'}).results[1]";
    let result = sandbox().args(["--output", "json", "-p", run]).run().code(3).json();
    assert_eq!((&result["status"], &result["detail"]), (&json!("failed"), &json!("ExecutionTimedOut")));
}

/// Launches the machines with ten calls. Their agents register some seconds after the start.
const THOUSAND: &str = "
    local id
    for _ = 1, 10 do
      id = ec2.run_instances {
        image_id = ec2.describe_images.all{}[1].image_id, instance_type = 't3.micro', min_count = 100, max_count = 100,
        iam_instance_profile = {name = 'app'}, tag_specifications = {{resource_type = 'instance', tags = {App = 'Big'}}},
      }.instances[1].instance_id
    end
    ec2.wait.instance_running {instance_ids = {id}, delay = '200ms'}
    task.sleep('6s')
    local function timed(command)
      local began = time.clock()
      local run = fleet.run({tags = {App = 'Big'}}, command)
      assert(run.counts.ok == 1000)
      return time.clock() - began
    end
    return {quick = timed('true'), slow = timed('sleep 5')}";

/// Returns the time of a slow command relative to the time of its slowest machine. A quick command takes 0.4 s and is
/// polled at 0.7 s; its further time is the overhead of this computer, and is subtracted.
fn overhead_on_a_thousand_targets() -> f64 {
    let shell = sandbox().args(["--trace", "--output", "json", "-p", &format!("(function() {THOUSAND} end)()")]);
    let ran = shell.run().code(0);
    let result = ran.json();
    let calls = |operation: &str| ran.stderr.matches(&format!("operation=\"{operation}\"")).count();
    let (sends, lists, gets) = (calls("SendCommand"), calls("ListCommandInvocations"), calls("GetCommandInvocation"));
    let seconds = |name: &str| result[name].as_f64().expect("a number");
    println!(
        "1,000 targets of 5 s: {:.1} s, of 0 s: {:.1} s; in both {sends} sends, {lists} lists, {gets} looks",
        seconds("slow"),
        seconds("quick")
    );
    assert_eq!((sends, gets), (40, 2000));
    assert!(lists <= 160, "{lists}");
    seconds("slow") - (seconds("quick") - 0.7).max(0.0)
}

#[test]
fn a_thousand_targets_take_at_most_1_2_times_the_slowest_and_a_poll() {
    // The slowest machine starts after 0.1 s and takes 0.3 s to start up; polls are 2 s apart. Other load on this
    // computer only adds time, so the best of a few runs counts.
    let limit = 1.2 * 5.4 + 2.0;
    let best = (0..3).map(|_| overhead_on_a_thousand_targets()).find(|seconds| *seconds < limit);
    assert!(best.is_some(), "each of three runs took longer than {limit:.1} s");
}
