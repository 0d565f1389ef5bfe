//! The names of services: at the prompt, in `-e` and `-p`, in scripts, and in the lists `aws.services()` and
//! `aws.operations()`.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Shell, sandbox};

#[test]
fn every_service_has_a_name_on_the_command_line() {
    let ran = sandbox().chunk("print(rds, alb, rds == rds)").code(0).quiet();
    ran.prints("service rds, ").prints("service elbv2, ").prints("\ttrue\n");
    sandbox().chunk("rds.describe_db_instnces()").code(1).says("did you mean rds.describe_db_instances?");
    sandbox().chunk("lambda.list_function()").code(1).says("did you mean lambda.list_functions?");
    sandbox().chunk("ec2.list_instances()").code(1).says("did you mean ec2.describe_instances?");
    sandbox().chunk("rdss.describe_db_instances()").code(1).says("did you mean the service rds?");
    sandbox().chunk("cloudwatch_logs.describe_log_groups()").code(1).says("did you mean the service logs?");
}

#[test]
fn a_name_without_a_value_says_that_it_is_a_service() {
    for (use_of_it, said) in [
        (
            "print(config.region)",
            "config.region: no such operation; config is the service AWS Config, because no variable",
        ),
        ("for _, event in ipairs(events) do end", "events[1]: events is the service Amazon EventBridge, because no"),
        (
            "print(#batch)",
            "batch is the service AWS Batch, because no variable has this name; assign it first: batch = {}",
        ),
        ("account.id = 3", "account.id: account is the service AWS Account, because no variable has this name"),
        ("print(json.encode(health))", "the value has the type service health, which is not data"),
        ("local health health.events()", "attempt to index a nil value (local 'health')"),
    ] {
        sandbox().chunk(use_of_it).code(1).says(said);
    }
}

#[test]
fn a_variable_of_the_same_name_wins() {
    let ran = sandbox().chunk(
        "config = { a = 1 } config.b = 2
         local events = {} events[1] = 'x'
         print(config.a + config.b, #events)
         config = nil
         print(config)",
    );
    ran.code(0).quiet().prints("3\t1\nservice config, ");
}

const LIBRARY: &str = "return { it = function() return rds end }";

const DECLARES: &str = "local mine, first = require 'mine', rds.describe_db_instances
return script {
  summary = 'Print services.', risk = 'read', services = { 'rds', 'cost_explorer' },
  example = {},
  run = function() print(rds == mine.it(), first, cost_explorer) print(health) end,
}";

#[test]
fn a_script_has_the_services_of_its_header() {
    let shell = || Shell::new().sandbox().file("mine.lua", LIBRARY).file("databases.lua", DECLARES);
    let ran = shell().arg("databases.lua").run().code(0).quiet();
    ran.prints("true\toperation rds.describe_db_instances (read)\tservice ce, ").prints("\nnil\n");
    shell().args(["help", "databases.lua"]).run().code(0).prints("Services: rds, cost_explorer\n");
    let misspelt = "return script { summary = 'Print.', risk = 'read', services = { 'rdss' }, run = print }";
    let ran = Shell::new().file("misspelt.lua", misspelt).arg("misspelt.lua").run().code(1);
    ran.says("script: services: there is no service \"rdss\"; did you mean \"rds\"?");
}

#[test]
fn the_services_of_a_header_end_with_its_script() {
    let undeclared = "return script { summary = 'Print.', risk = 'read', run = function() print(rds) end }";
    let test = "local unit = require 'unit'
        return { test_it = function()
          unit.assert_equals(unit.run('databases').stdout:match('^true') ~= nil, true)
          unit.assert_equals(unit.run('undeclared').stdout, 'nil\\n')
        end }";
    let shell = Shell::new().file("mine.lua", LIBRARY).file("databases.lua", DECLARES);
    let shell = shell.file("undeclared.lua", undeclared).file("services_test.lua", test);
    shell.args(["test", "services_test.lua"]).run().code(0);
}

#[test]
fn a_script_without_the_declaration_is_told_about_it() {
    let script = "print(rds.describe_db_instances())";
    let ran = Shell::new().sandbox().file("databases.lua", script).arg("databases.lua").run().code(1);
    ran.says("rds is a service of AWS: add services = { \"rds\" } to the script's header, or local rds = aws.service");
}

#[test]
fn a_session_has_every_service() {
    let ran = sandbox().chunk(
        "local west = aws.session { region = 'eu-west-1' }
         print(west.rds, west.service('account'), west.account)",
    );
    ran.code(0).quiet().prints("service rds, ").prints("\tservice account, ").prints("\tnil\n");
}

#[test]
fn no_service_hides_a_library_a_module_or_another_global() {
    let taken = "local taken = {}
        for name in pairs(_G) do taken[name] = true end
        for _, name in ipairs { 'access', 'aws', 'fleet', 'help', 'log', 'report', 'script', 'secret', 'sweep', 'task', 'time', 'url' } do taken[name] = true end
        local found = {}
        for _, service in ipairs(aws.services()) do
          for _, name in ipairs { service.name, table.unpack(service.aliases) } do
            local ok, module = pcall(require, name)
            local is_module = ok and not tostring(module):find '^service '
            if taken[name] or is_module then found[#found + 1] = name end
          end
        end
        return table.concat(found, ' ')";
    assert_eq!(sandbox().returned(taken), "");
}

#[test]
fn all_operations_are_listed_with_their_risk() {
    let listed = Shell::new().args(["-p", "aws.operations()", "--output", "json"]).run().code(0);
    let rows = listed.json();
    let rows = rows.as_array().expect("a list");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row["service"].as_str().expect("a name")).or_default() += 1;
        assert!(["read", "write", "destroy"].contains(&row["risk"].as_str().expect("a risk")), "{row}");
    }
    for service in moonfleet_bindings::SERVICES.iter() {
        assert_eq!(counts[service.name], service.operations().len(), "{}", service.name);
    }
    assert!(counts.len() >= 440 && rows.len() >= 19_900, "{} operations of {} services", rows.len(), counts.len());
    let services = Shell::new().eval("aws.services()");
    let names = services.as_array().expect("a list").iter().filter_map(|service| service["name"].as_str());
    assert!(names.collect::<BTreeSet<_>>().iter().eq(counts.keys()));
}

#[test]
fn operations_are_listed_by_service_and_risk() {
    let destroys = Shell::new().eval("aws.operations { service = 'alb', risk = 'destroy' }");
    let destroys = destroys.as_array().expect("a list");
    assert!(destroys.iter().all(|row| row["service"] == "elbv2" && row["risk"] == "destroy"), "{destroys:?}");
    assert!(destroys.iter().any(|row| row["operation"] == "delete_load_balancer"), "{destroys:?}");
    let wrong = |options: &str| Shell::new().chunk(&format!("aws.operations({options})")).code(1);
    wrong("{ service = 'rdss' }").says("there is no service 'rdss'; did you mean 'rds'?");
    wrong("{ risk = 'high' }").says("option `risk` must be \"read\", \"write\" or \"destroy\", got \"high\"");
    wrong("{ name = 'x' }").says("option");
}
