//! The library: its own tests, the test runner, and the commands for authors of scripts and modules.

use serde_json::json;

use crate::support::{Ran, Shell};

#[test]
fn the_library_and_the_scripts_pass_their_tests() {
    let ran = Shell::new().args(["test", "stdlib", "scripts"]).run();
    assert!(ran.ended_with(0), "{}\n{}", ran.stdout, ran.stderr);
}

// The runner.

fn tests(source: &str) -> Shell {
    Shell::new().file("mine/x_test.lua", &format!("local unit = require 'unit'\n{source}"))
}

fn run(source: &str) -> Ran {
    tests(source).arg("test").run()
}

#[test]
fn a_failed_assertion_shows_its_line_and_the_values() {
    run("return {
           test_fine = function() unit.assert_equals({1, {2}}, {1, {2}}) end,
           test_other = function() print('so far') unit.assert_equals({a = {b = 1}}, {a = {b = 2}}, 'why') end,
         }")
    .code(1)
    .prints("FAILED mine/x_test.lua: test_other")
    .prints("mine/x_test.lua:4: why")
    .prints("at .a.b: expected 2, got 1")
    .prints("so far")
    .prints("2 tests in 1 file: 1 passed, 1 failed");
}

#[test]
fn each_test_has_its_own_account_and_machine() {
    run("local function first() return ec2.describe_instances.all()[1] end
         local tests = {}
         for _, name in ipairs{'test_one', 'test_two'} do
           tests[name] = function()
             unit.assert_nil(first().tags.Mine)
             unit.assert_nil(there)
             there = true
             ec2.create_tags{resources = {first().instance_id}, tags = {Mine = 'yes'}}
             ec2.terminate_instances{instance_ids = {first().instance_id}}
           end
         end
         return tests")
    .code(0);
}

#[test]
fn answers_of_a_test_reach_the_scripts_that_it_runs() {
    let script = "return script{summary='Count databases.', risk='read', run=function()
        local found = aws.service('rds').describe_db_instances.all{}
        local tags = sweep.regions({'eu-west-1'}, function() return ec2.describe_tags.all{} end).results
        report.print{{databases = #found, tags = #tags}}
      end}";
    tests(
        "return {
           test_script = function()
             unit.answer('rds.describe_db_instances', {db_instances = {{engine = 'mysql'}, {engine = 'mysql'}}})
             unit.answer('ec2.describe_tags', function(input)
               unit.assert_nil(input.filters)
               return {tags = {{key = 'a', value = 'b'}}}
             end)
             unit.assert_equals(unit.run('databases').rows, {{databases = 2, tags = 1}})
           end,
           test_next_one_starts_afresh = function()
             unit.assert_str_contains(unit.run('databases').stderr, 'the sandbox does not simulate rds.describe_db_instances')
           end,
         }",
    )
    .file("mine/databases.lua", script)
    .arg("test")
    .run()
    .code(0);
}

#[test]
fn tests_can_be_globals_and_suites_as_in_luaunit() {
    run("local log = {}
         TestThings = {}
         function TestThings:setUp() self.up = true end
         function TestThings:test_up() unit.assert_true(self.up) end
         function TestThings:tearDown() error('torn') end
         function test_plain() end")
    .code(1)
    .prints("TestThings.test_up")
    .prints("torn")
    .prints("1 passed, 1 failed");
}

#[test]
fn files_without_tests_are_wrong_usage() {
    run("return {").code(2).prints("NOT LOADED mine/x_test.lua");
    run("return {}").code(2).prints("no tests: a test file returns");
    Shell::new().arg("test").run().code(2).says("moonfleet new");
    Shell::new().args(["test", "absent"]).run().code(2).says("absent");
    tests("return {test_a = print}")
        .args(["test", "--filter", "zzz"])
        .run()
        .code(2)
        .says("no test in 1 file matches 'zzz'");
    tests("return {test_a = print, test_b = error}").args(["test", "--filter", "*_a"]).run().code(0);
}

#[test]
fn output_json_prints_results_as_rows() {
    let ran = tests("return {test_a = function() end}").args(["test", "--output", "json"]).run().code(0).quiet();
    let row = &ran.json()[0];
    assert_eq!(
        (&row["file"], &row["test"], &row["status"]),
        (&json!("mine/x_test.lua"), &json!("test_a"), &json!("passed"))
    );
}

#[test]
fn a_timeout_ends_a_hanging_test() {
    tests("return {test_a = function() while true do pcall(error) end end, test_b = function() end}")
        .args(["test", "--timeout", "300ms"])
        .run()
        .code(1)
        .prints("the test exceeded its time limit of 300ms")
        .prints("1 passed, 1 failed");
}

#[test]
fn modules_and_scripts_are_found_beside_the_test() {
    tests(
        "return {test_a = function()
           unit.assert_equals(require('helper').three(), 3)
           local ran = unit.run('hello', {name = 'Luna'})
           unit.assert_equals(ran, {code = 4, rows = {{hello = 'Luna'}}, stdout = 'hello\\n──────\\nLuna\\n', stderr = 'oh\\n'})
           unit.assert_equals(unit.run('./hello.lua', {nmae = 'Luna'}).code, 2)
           unit.assert_equals(unit.run('hello', {name = 'x'}, {output = 'json'}).stdout:sub(1, 1), '[')
         end}",
    )
    .file("mine/helper.lua", "return {three = function() return 3 end}")
    .file(
        "mine/hello.lua",
        "return script {summary = 'X.', risk = 'read', args = {name = {'string', help = 'Y.'}}, run = function(args)
           report.print {{hello = args.name}}
           io.stderr:write 'oh\\n'
           os.exit(4)
         end}",
    )
    .arg("test")
    .run()
    .code(0);
}

#[test]
fn tests_can_advance_the_clock_and_inject_failures() {
    run("return {test_a = function()
           local before = time.now()
           unit.assert_equals(before:date(), '2026-11-23')
           unit.advance('30d')
           unit.assert_almost_equals(time.now() - before, time.days(30), 5)
           unit.fail('ec2.describe_volumes', {code = 'UnauthorizedOperation', times = 2})
           for _ = 1, 2 do unit.assert_error_contains('UnauthorizedOperation', ec2.describe_volumes) end
           ec2.describe_volumes()
           unit.assert_error_contains(\"did you mean 'describe_volumes'?\", unit.fail, 'ec2.describe_volume', {code = 'x'})
           unit.assert_error_contains('did you mean unit.assert_equals?', function() return unit.assertEquals end)
         end}")
    .code(0);
}

// Modules.

#[test]
fn modules_of_the_library_are_globals_in_chunks() {
    Shell::new().chunk("print(list.sum{1, 2}, arn == require('arn'))").code(0).printed("3\ttrue\n");
    Shell::new().script("print(list, require('list').sum{1})").code(0).printed("nil\t1\n");
    Shell::new().arg("-p").arg("list.sum{1, 2}").run().code(0).printed("3\n");
    Shell::new().chunk("list = 3; print(list)").code(0).printed("3\n");
    Shell::new().chunk("help(list.sum)").code(0).prints("list.sum(items, key?): number");
}

#[test]
fn the_sandbox_has_its_own_clock() {
    let shell = Shell::new().sandbox().args(["--sandbox-now", "2020-02-03"]);
    shell.chunk("print(time.now():date(), time.ago(time.parse '2020-02-01'))").code(0).printed("2020-02-03\t2d\n");
    Shell::new().args(["--sandbox-now", "2020-02-03", "-e", "print(1)"]).run().code(2);
    Shell::new().sandbox().args(["--sandbox-now", "soon", "-e", "print(1)"]).run().code(2).says("2026-01-02");
}

// Scripts.

const MINE: &str = "return script {
  summary = 'Say hello.', risk = 'read',
  args = {
    name = {'string', required = true, help = 'Name to greet.'},
    tone = {'string', default = 'kind', choices = {'kind', 'plain'}, help = 'How.'},
    to = {'list', choices = {'moon', 'earth'}, help = 'Where.'},
    wait = {'duration', default = '2h', help = 'How long.'},
    region = {'string', help = 'Its own.'},
  },
  example = {args = {name = 'Luna'}},
  run = function(args) report.print{{name = args.name, tone = args.tone, wait = args.wait, region = args.region}} end,
}";

fn mine(words: &[&str]) -> Ran {
    Shell::new().file("mine.lua", MINE).arg("mine.lua").args(words).run()
}

#[test]
fn unknown_arguments_are_errors_with_similar_names() {
    mine(&["--nmae", "x"])
        .code(2)
        .says("unknown argument 'nmae'; did you mean 'name'?")
        .says("moonfleet help mine.lua");
    mine(&[]).code(2).says("missing argument: --name (Name to greet)");
    mine(&["--name=x", "--tone=knd"]).code(2).says("'knd' is not one of kind, plain; did you mean 'kind'?");
    mine(&["--name=x", "--to=moon,erth"]).code(2).says("did you mean 'earth'?");
    mine(&["--name=x", "--wait=soon"]).code(2).says("expected a duration such as 90s");
}

#[test]
fn options_of_moonfleet_can_follow_the_script() {
    let rows = mine(&["--name", "Luna", "--output", "json", "--wait", "90s", "--region=mars"]).code(0).json();
    assert_eq!(rows, json!([{"name": "Luna", "tone": "kind", "wait": 90, "region": "mars"}]));
    let rows =
        Shell::new().args(["fleet-report", "--sandbox", "--output=json", "--region", "eu-west-1"]).run().code(0).json();
    let rows = rows.as_array().expect("a list");
    assert!(!rows.is_empty() && rows.iter().all(|row| row["region"] == "eu-west-1"), "{rows:?}");
    // A script without a header gets all words.
    let shell = Shell::new().file("plain.lua", "print(...)");
    shell.args(["plain.lua", "--output", "json"]).run().code(0).printed("--output\tjson\n");
}

#[test]
fn an_invalid_header_is_an_error_with_a_suggestion() {
    for (header, hint) in [
        ("sumary = 'x', risk = 'read'", "summary must be"),
        ("summary = 'X.', risk = 'red'", "did you mean \"read\"?"),
        ("summary = 'X.', risk = 'read', exmple = {}", "did you mean `example`?"),
        ("summary = 'X.', risk = 'read', args = {a = {'sting', help = 'Y.'}}", "did you mean 'string'?"),
        ("summary = 'X.', risk = 'read', args = {a = {'string', hlep = 'Y.'}}", "did you mean 'help'?"),
        ("summary = 'X.', risk = 'read', args = {a = {'integer', default = 'x', help = 'Y.'}}", "args.a.default"),
        (
            "summary = 'X.', risk = 'read', example = {args = {b = 1}}, args = {a1 = {'string', help = 'Y.'}}",
            "example.args",
        ),
    ] {
        let ran = Shell::new().script(&format!("return script {{ {header}, run = print }}"));
        ran.code(1).says(hint);
    }
}

#[test]
fn scripts_are_listed_and_searched() {
    let own = || Shell::new().file("mine.lua", MINE).file("plain.lua", "print(1)");
    own().arg("scripts").run().code(0).quiet().prints("fleet-report").prints("./mine.lua");
    let found = own().args(["scripts", "GREET", "hello", "--output", "json"]).run().code(0).json();
    assert_eq!(found, json!([{"name": "./mine.lua", "risk": "read", "summary": "Say hello."}]));
    own().args(["scripts", "zzzzz"]).run().code(2).says("no script contains 'zzzzz'");
}

#[test]
fn help_on_a_script_shows_the_output_of_its_example() {
    let ran = Shell::new().file("mine.lua", MINE).args(["help", "./mine.lua"]).run().code(0).quiet();
    ran.prints("Say hello.")
        .prints("(one of kind, plain; default: kind)")
        .prints("run ./mine.lua --name Luna")
        .prints("  Luna  kind");
    let help = |topic: &str| Shell::new().args(["help", topic]).run();
    help("fleet-report").code(0).prints("app20-web-1");
    help("ec2.run_instances").code(0).prints("risk  write");
    help("list.sum").code(0).prints("list.sum(items, key?)");
    help("test").code(0).prints("--filter");
    help("flet-report").code(2).says("did you mean fleet-report?");
    Shell::new().arg("help").run().code(0).prints("moonfleet scripts");
    Shell::new().arg("scrpts").run().code(2).says("did you mean scripts?");
}

#[test]
fn a_new_script_passes_its_tests() {
    let ran =
        Shell::new().args(["new", "tools/ec2-count-mine"]).run().code(0).quiet().prints("moonfleet types install");
    let script = ran.read("tools/ec2-count-mine.lua");
    let test = ran.read("tools/ec2-count-mine_test.lua");
    let there = || Shell::new().file("ec2-count-mine.lua", &script).file("ec2-count-mine_test.lua", &test);
    there().arg("test").run().code(0);
    there().args(["--sandbox", "ec2-count-mine.lua"]).run().code(0).prints("App20");
    let ran = there().args(["new", "ec2-count-mine"]).run().code(2).says("exists already");
    assert_eq!(ran.read("ec2-count-mine.lua"), script);
    Shell::new().args(["new", "../../x y"]).run().code(2).says("not a valid name for a script");
}
