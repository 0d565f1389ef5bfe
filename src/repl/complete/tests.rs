use std::time::{Duration, Instant};

use futures_executor::block_on;
use mlua::MultiValue;
use moonfleet_bindings::SERVICES;
use moonfleet_core::{Field, Shape, Type};
use moonfleet_engine::Context;

use super::*;
use crate::machine;
use crate::simulation::sandbox_context;

struct TestPrompt {
    vm: Vm,
    completer: Completer,
    session: Context,
}

fn prompt() -> TestPrompt {
    let session = sandbox_context();
    let vm = machine::builder(&session).build().expect("a machine");
    TestPrompt { vm, completer: Completer::default(), session }
}

impl TestPrompt {
    fn after(lua: &str) -> TestPrompt {
        let prompt = prompt();
        let chunk = prompt.vm.load(lua.as_bytes(), "=test").unwrap_or_else(|failure| panic!("{failure}"));
        block_on(prompt.vm.run(chunk, MultiValue::new())).unwrap_or_else(|failure| panic!("{failure}"));
        prompt
    }

    /// Completes at the `|`.
    fn complete_at(&self, marked: &str) -> Completion {
        let cursor = marked.find('|').expect("a cursor");
        self.completer.complete(&self.vm, &marked.replacen('|', "", 1), cursor)
    }

    /// Returns the texts of the list.
    fn shows(&self, marked: &str) -> Vec<String> {
        self.complete_at(marked).candidates.into_iter().map(|candidate| candidate.shown).collect()
    }

    /// Returns the line with each of the candidates.
    fn becomes(&self, marked: &str) -> Vec<String> {
        let completion = self.complete_at(marked);
        let (before, after) = marked.split_once('|').expect("a cursor");
        let lines = completion.candidates.iter();
        lines.map(|candidate| format!("{}{}{after}", &before[..completion.start], candidate.text)).collect()
    }

    /// Returns the line with each of the candidates, after the resources have been fetched.
    fn becomes_with_resources(&self, marked: &str) -> Vec<String> {
        self.complete_at(marked);
        self.completer.resources.wait_until_idle();
        self.becomes(marked)
    }
}

fn has(names: &[String], expected: &[&str]) {
    for name in expected {
        assert!(names.iter().any(|known| known == name), "no {name} in {names:?}");
    }
}

// Names.

#[test]
fn a_service_has_all_its_operations() {
    let prompt = prompt();
    let shown = prompt.shows("ec2.|");
    let ec2 = moonfleet_bindings::service("ec2").expect("EC2");
    assert_eq!(shown.len(), ec2.operations().len() + 1);
    has(&shown, &["run_instances", "wait"]);
    let shown = prompt.shows("x = ec2.describe_in|");
    assert!(!shown.is_empty() && shown.iter().all(|name| name.starts_with("describe_in")), "{shown:?}");
    assert_eq!(prompt.becomes("print(ec2.run_ins|)"), ["print(ec2.run_instances)"]);
    assert_eq!(prompt.complete_at("ec2.terminate_inst|").candidates[0].note, "destroy");
}

#[test]
fn globals_include_those_that_are_created_on_first_use() {
    let prompt = TestPrompt::after("fleet_size = 3; function mine() end");
    let shown = prompt.shows("x = |");
    has(&shown, &["ec2", "rg", "resource_groups", "aws", "fleet", "help", "print", "string", "fleet_size", "mine"]);
    assert!(!shown.contains(&"Time".to_owned()), "a class is not a global");
    assert!(!shown.contains(&"rds".to_owned()), "there are hundreds of services");
    has(&prompt.shows("rd|"), &["rds", "rds_data"]);
    assert_eq!(prompt.complete_at("rds|").candidates[0].note, "Amazon Relational Database Service");
    assert_eq!(prompt.complete_at("alb|").candidates[0].note, "elbv2");
    assert_eq!(prompt.shows("fleet|"), ["fleet", "fleet_size"]);
    assert_eq!(prompt.shows("local things = {}\nfor _, m in ipairs(thing|"), ["things"]);
    assert_eq!(prompt.shows("whi|"), ["while"]);
}

#[test]
fn forms_of_an_operation_are_offered() {
    let prompt = prompt();
    assert_eq!(prompt.shows("ec2.describe_instances.|"), ["all", "items", "pages"]);
    assert!(prompt.shows("ec2.run_instances.|").is_empty());
    assert!(prompt.shows("ec2.wait.inst|").contains(&"instance_running".to_owned()));
}

#[test]
fn modules_have_their_functions_and_sessions_their_services() {
    let prompt = TestPrompt::after("prod = aws.session{region='us-east-1'}");
    has(&prompt.shows("fleet.|"), &["attach", "plan", "run"]);
    has(&prompt.shows("list.|"), &["sort_by", "group_by"]);
    has(&prompt.shows("lis|"), &["list"]);
    assert_eq!(prompt.complete_at("arn.pars|").candidates[0].note, "(text): arn.Parts?, string?");
    assert_eq!(prompt.complete_at("fleet.ru|").candidates[0].note, "(targets, command, options?): fleet.Run");
    has(&prompt.shows("string.|"), &["format", "rep"]);
    has(&prompt.shows("aws.|"), &["session", "use", "whoami", "ec2", "profiles", "region"]);
    has(&prompt.shows("prod.|"), &["ec2", "iam", "whoami", "assume"]);
    assert!(!prompt.shows("prod.|").contains(&"profiles".to_owned()));
    assert_eq!(prompt.shows("prod:a|"), ["assume"]);
    assert_eq!(prompt.becomes("prod.ec2.run_inst|"), ["prod.ec2.run_instances"]);
    let opened = "aws.session{profile='x', n={1}}.ec2.run_inst";
    assert_eq!(prompt.becomes(&format!("{opened}|")), [format!("{opened}ances")]);
    has(&prompt.shows("time.now():|"), &["unix", "format"]);
}

// Parameters.

#[test]
fn given_parameters_are_not_offered_again() {
    let prompt = prompt();
    let shown = prompt.shows("ec2.describe_instances{ max_results = 5, |, filters = {} }");
    has(&shown, &["instance_ids", "next_token"]);
    assert!(!shown.iter().any(|name| name == "filters" || name == "max_results"), "{shown:?}");
    assert_eq!(prompt.becomes("ec2.describe_instances{ inst|"), ["ec2.describe_instances{ instance_ids = "]);
    assert_eq!(prompt.becomes("ec2.describe_instances{ inst| = {} }"), ["ec2.describe_instances{ instance_ids = {} }"]);
}

#[test]
fn parameters_are_offered_in_every_form_of_a_call() {
    let prompt = TestPrompt::after("prod = aws.session{region='us-east-1'}; op = ec2.describe_instances");
    let expected = prompt.shows("ec2.describe_instances{|");
    for call in [
        "ec2.describe_instances({|",
        "ec2.describe_instances.all{|",
        "ec2.describe_instances.items({\n  |",
        "for i in ec2.describe_instances.items{ |",
        "x = { a = { ec2.describe_instances.all{|",
        "prod.ec2.describe_instances{|",
        "aws.session{region='x'}.ec2.describe_instances{|",
        "aws.ec2.describe_instances{|",
        "op{|",
        "op.all{|",
        "ec2['describe_instances']{|",
        "if true then function f() return ec2.describe_instances{|",
    ] {
        assert_eq!(prompt.shows(call), expected, "{call}");
    }
    let waits = prompt.shows("ec2.wait.instance_running{|");
    has(&waits, &["timeout", "delay"]);
    assert_eq!(waits.len(), expected.len() + 2);
    // In the body of a function in the parameters.
    has(&prompt.shows("ec2.describe_instances{ filters = f(function() return |"), &["print"]);
}

#[test]
fn required_parameters_come_first_and_are_marked() {
    let candidates = prompt().complete_at("ec2.run_instances{|").candidates;
    let required: Vec<bool> = candidates.iter().map(|candidate| candidate.note.starts_with("required")).collect();
    assert!(required[0] && required.is_sorted_by(|one, other| one >= other), "{candidates:?}");
}

#[test]
fn every_operation_completes_its_own_parameters_at_any_depth() {
    let prompt = prompt();
    let mut structures = 0;
    for service in SERVICES.iter() {
        for operation in service.operations() {
            let call = format!("{}.{}{{", service.name, operation.name);
            walk(&prompt, &call, operation.input(), &mut Vec::new(), &mut structures);
        }
    }
    assert!(structures > 1_500, "{structures}");
}

/// The depth of the walk. Deeper structures have been seen already.
const MAX_DEPTH: usize = 3;

fn walk(prompt: &TestPrompt, open: &str, shape: &'static Shape, path: &mut Vec<&'static str>, count: &mut usize) {
    *count += 1;
    let mut expected: Vec<(bool, &str)> = shape.fields.iter().map(|field| (!field.required, field.name())).collect();
    expected.sort();
    let expected: Vec<&str> = expected.iter().map(|(_, name)| *name).collect();
    if expected.is_empty() {
        return;
    }
    assert_eq!(prompt.shows(&format!("{open}|")), expected, "{open}");
    for field in shape.fields {
        let begun = format!("{open}{} = ", field.name());
        if let Some(inner) = structure(field).filter(|inner| !path.contains(&inner.name) && path.len() < MAX_DEPTH) {
            path.push(inner.name);
            walk(prompt, &format!("{begun}{}", opened(&field.ty)), inner, path, count);
            path.pop();
        }
        values_are_offered(prompt, &begun, &field.ty);
    }
}

fn values_are_offered(prompt: &TestPrompt, begun: &str, ty: &Type) {
    let (enumeration, marked) = match ty {
        Type::Enumeration(enumeration) => (*enumeration, format!("{begun}\"|")),
        Type::List(Type::Enumeration(enumeration)) => (*enumeration, format!("{begun}{{\"|")),
        _ => return,
    };
    let mut values: Vec<&str> = enumeration.values.to_vec();
    values.sort();
    let mut shown = prompt.shows(&marked);
    shown.sort();
    assert_eq!(shown, values, "{marked}");
}

/// Returns the structure of a field's table, except for maps of tags or filters.
fn structure(field: &'static Field) -> Option<&'static Shape> {
    match field.ty {
        _ if field.ty.pairs().is_some() => None,
        Type::Structure(_) | Type::List(Type::Structure(_)) => field.ty.structure(),
        _ => None,
    }
}

fn opened(ty: &Type) -> &'static str {
    if matches!(ty, Type::List(_)) { "{{" } else { "{" }
}

// Values.

#[test]
fn values_of_enumerations_are_offered_in_and_without_quotes() {
    let prompt = prompt();
    let run = "ec2.run_instances{ instance_type = ";
    assert_eq!(prompt.becomes(&format!("{run}\"m6i.lar|\" }}")), [format!("{run}\"m6i.large\" }}")]);
    assert_eq!(prompt.becomes(&format!("{run}'m6i.lar|")), [format!("{run}'m6i.large'")]);
    has(&prompt.becomes(&format!("{run}|")), &[&format!("{run}\"m6i.large\"")]);
    let types = "ec2.describe_instance_types{ instance_types = ";
    let begun = format!("{types}{{'t3.micro', 'm6i.lar");
    assert_eq!(prompt.becomes(&format!("{begun}|")), [format!("{begun}ge'")]);
    has(&prompt.becomes(&format!("{types}|")), &[&format!("{types}{{\"m6i.large\"}}")]);
    has(&prompt.becomes(&format!("{types}{{ 't3.micro', |")), &[&format!("{types}{{ 't3.micro', \"m6i.large\"")]);
    assert_eq!(prompt.shows("ec2.run_instances{ ebs_optimized = |"), ["false", "true"]);
    assert_eq!(prompt.becomes("ec2.run_instances{ placement = |"), ["ec2.run_instances{ placement = {"]);
}

#[test]
fn known_filters_are_offered() {
    let prompt = prompt();
    let call = "ec2.describe_instances{ filters = { ";
    let states = ["code", "name"].map(|end| format!("{call}[\"instance-state-{end}\"] = "));
    assert_eq!(prompt.becomes(&format!("{call}[\"instance-sta|")), states);
    has(&prompt.becomes(&format!("{call}|")), &[&format!("{call}[\"vpc-id\"] = "), &format!("{call}[\"tag:")]);
    has(&prompt.becomes_with_resources(&format!("{call}[\"tag:A|")), &[&format!("{call}[\"tag:App\"] = ")]);
    let state = &states[1];
    has(&prompt.shows(&format!("{state}\"|")), &["running", "stopped"]);
    has(&prompt.shows(&format!("{state}{{\"running\", \"|")), &["running", "stopped"]);
    has(&prompt.shows(&format!("{call}{{ name = \"instance-state-name\", values = {{\"|")), &["running"]);
    has(&prompt.shows(&format!("{call}{{ name = \"|")), &["instance-state-name"]);
    has(&prompt.shows("ssm.describe_instance_information{ instance_information_filter_list = { ['|"), &["PingStatus"]);
    has(&prompt.shows("ssm.send_command{ targets = { ['|"), &["InstanceIds", "tag:"]);
}

#[test]
fn options_of_calls_and_modules_come_from_the_stubs() {
    let prompt = prompt();
    assert_eq!(prompt.shows("ec2.describe_instances({}, {|"), ["max_pages", "region", "retries", "timeout"]);
    has(&prompt.shows("fleet.run('i-1', 'uptime', { |"), &["max_concurrency", "regions", "shell"]);
    assert_eq!(prompt.shows("fleet.run('i-1', 'uptime', { shell = '|"), ["powershell", "sh"]);
    assert_eq!(prompt.shows("task.map({}, f, { on_error = |"), ["collect", "raise"]);
    has(&prompt.shows("aws.session{ |"), &["profile", "region", "role_arn"]);
    has(&prompt.shows("aws.assume('x', {|"), &["external_id", "mfa_serial"]);
}

#[test]
fn help_topics_are_offered() {
    let prompt = prompt();
    has(&prompt.becomes("help('ec2.run_inst|"), &["help('ec2.run_instances'"]);
    has(&prompt.becomes("?ec2.run_inst|"), &["?ec2.run_instances"]);
    has(&prompt.shows("?|"), &["ec2", "fleet"]);
    has(&prompt.becomes(".help fleet.r|"), &[".help fleet.run"]);
}

#[test]
fn commands_of_the_prompt_are_offered_with_their_arguments() {
    let prompt = prompt();
    assert_eq!(prompt.shows(".|").len(), COMMANDS.len());
    assert_eq!(prompt.becomes(".wa|"), [".watch"]);
    has(&prompt.shows(".output |"), &["json", "table"]);
    assert_eq!(prompt.becomes_with_resources(".region eu-w|").first().map(String::as_str), Some(".region eu-west-1"));
    assert_eq!(prompt.becomes_with_resources(".profile s|"), [".profile staging"]);
    assert_eq!(prompt.becomes(".watch 5 ec2.run_inst|"), [".watch 5 ec2.run_instances"]);
    has(&prompt.shows(".load Cargo|"), &["Cargo.toml"]);
    assert_eq!(prompt.becomes(".run fleet-re|"), [".run fleet-report"]);
    assert_eq!(prompt.becomes(".run daily-report --least cr|"), [".run daily-report --least critical"]);
    assert_eq!(prompt.shows(".run daily-report --required_tags |"), [""; 0]);
    assert_eq!(prompt.becomes(".run fleet-report --t|"), [".run fleet-report --tag"]);
    let left = prompt.shows(".run fleet-report --tag App=App20 --|");
    assert!(left.iter().any(|name| name == "--regions") && !left.iter().any(|name| name == "--tag"), "{left:?}");
    assert_eq!(prompt.becomes(".watch 5 ec2.run_instances{ max_c|"), [".watch 5 ec2.run_instances{ max_count = "]);
    assert_eq!(prompt.shows(".ti o|"), ["off", "on"]);
    assert_eq!(prompt.becomes("!cat Cargo.to|"), ["!cat Cargo.toml"]);
    for text in [".nothing |", ".h |", ".watch |", ".history ec|", ".output json |"] {
        assert!(prompt.shows(text).is_empty(), "{text}");
    }
}

#[test]
fn comments_numbers_and_unknown_names_have_no_candidates() {
    let prompt = prompt();
    for text in ["-- ec2.|", "x = 12|", "x = 'ec2.|", "unknown.|", "ec2.nothing.|", "print{ 'a|"] {
        assert!(prompt.shows(text).is_empty(), "{text}");
    }
    // Positions inside a character and behind the end.
    assert!(prompt.completer.complete(&prompt.vm, "é", 1).candidates.is_empty());
    assert!(prompt.completer.complete(&prompt.vm, "x", 9).candidates.is_empty());
}

#[test]
fn completion_answers_at_every_position_of_a_text() {
    let prompt = TestPrompt::after("t = { ['Zürich'] = { 1 } }");
    let text = "local é = ec2.describe_instances{ filters = { ['tag:Zürich'] = {\"a\\\"b\", 'x' }, [t[1]] = ((2)) } }\n\
                for _, i in ipairs(t['Zürich'][1]:f\"x\"[[y]]{}) do --[[ c ]] print(i.x, ).. } ] ) end end until\n\
                repeat f(function(a, ...) return a.b end, {{}, [=[ ]] ]=] .. 'é' -- c\n .watch ?x !y aws.session{}.";
    for (cursor, _) in text.char_indices() {
        let completion = prompt.completer.complete(&prompt.vm, text, cursor);
        assert!(completion.start <= cursor && text.is_char_boundary(completion.start), "{}", &text[..cursor]);
        // The rest of the text alone, too.
        prompt.completer.complete(&prompt.vm, &text[cursor..], text.len() - cursor);
    }
}

// Existing values.

#[test]
fn fields_of_existing_values_are_offered() {
    let prompt = TestPrompt::after(
        "t = { a = { bee = { cee = 1 } }, list = { { deep = 2 } }, ['two words'] = 3, f = function() end } \
         _ = ec2.describe_instances{} rows = ec2.describe_instances.all{} now = time.now()",
    );
    has(&prompt.shows("volumes.|"), &["unattached"]);
    assert_eq!(prompt.shows("t.a.|"), ["bee"]);
    assert_eq!(prompt.shows("t.a['bee'].|"), ["cee"]);
    assert_eq!(prompt.shows("t.list[1].|"), ["deep"]);
    assert_eq!(prompt.becomes("t.two|"), ["t[\"two words\"]"]);
    assert_eq!(prompt.becomes("t['two|"), ["t['two words']"]);
    assert_eq!(prompt.shows("t:|"), ["f"]);
    has(&prompt.shows("_.|"), &["reservations"]);
    has(&prompt.shows("_.reservations[1].instances[1].|"), &["instance_id", "tags", "state"]);
    has(&prompt.shows("_.reservations[1].instances[1].state.|"), &["name"]);
    // `volumes` is also a module of the library.
    has(&prompt.shows("rows[1].|"), &["instance_id", "reservation_id"]);
    has(&prompt.shows("rows[1].tags.|"), &["App", "Name"]);
    has(&prompt.shows("now:|"), &["unix"]);
}

#[test]
fn fields_of_the_result_of_a_call_are_offered() {
    let prompt = prompt();
    has(&prompt.shows("ec2.describe_instances{}.|"), &["reservations", "next_token"]);
    has(&prompt.shows("ec2.describe_instances{}.reservations[1].instances[2].|"), &["instance_id", "state"]);
    has(&prompt.shows("ec2.describe_instances.all{}[1].|"), &["instance_id", "reservation_id"]);
    has(&prompt.shows("aws.whoami().|"), &["account", "arn"]);
    has(&prompt.shows("fleet.run('x', 'y').results[1].|"), &["stdout", "instance_id"]);
}

#[test]
fn locals_hide_globals_of_the_same_name() {
    let prompt = TestPrompt::after("x = { global = 1 }");
    has(&prompt.shows("for i in ec2.describe_instances.items{} do print(i.|"), &["instance_id", "reservation_id"]);
    has(&prompt.shows("for p in ec2.describe_instances.pages() do print(p.|"), &["reservations"]);
    has(&prompt.shows("for _, i in ipairs(ec2.describe_volumes.all{ a = {} }) do print(i.|"), &["volume_id"]);
    has(&prompt.shows("local e = aws.ec2\nlocal op = e.describe_instances op{ |"), &["instance_ids"]);
    has(&prompt.shows("local v = ec2.describe_volumes{}.volumes[1] print(v.|"), &["volume_id"]);
    assert_eq!(prompt.shows("x.|"), ["global"]);
    for hidden in ["local x; x.|", "function f(a, x) x.|", "for _, x in pairs(y) do x.|", "local x = x x.|"] {
        assert!(prompt.shows(hidden).is_empty(), "{hidden}");
    }
}

#[test]
fn completion_runs_no_code_of_the_user() {
    let prompt = TestPrompt::after(
        "ran = 0; local function run() ran = ran + 1; return {} end \
         trap = setmetatable({}, { __index = run, __pairs = run, __call = run, __len = run, __tostring = run }) \
         class = setmetatable({ own = 1 }, { __index = { inherited = 2 } }) \
         setmetatable(string, { __index = run })",
    );
    for text in ["trap.|", "trap.a.b.|", "trap{|", "trap().|", "trap['|", "x = tra|", "string.|"] {
        prompt.shows(text);
    }
    assert_eq!(prompt.shows("class.|"), ["inherited", "own"]);
    assert_eq!(prompt.vm.lua().globals().raw_get::<i64>("ran").expect("a number"), 0);
}

// Resources of the account.

#[test]
fn instances_are_offered_by_their_ids_and_by_their_names() {
    let prompt = prompt();
    let begun = "ec2.stop_instances{ instance_ids = {\"";
    assert!(prompt.becomes(&format!("{begun}i-|")).is_empty(), "the first completion must not wait for AWS");
    let ids = prompt.becomes_with_resources(&format!("{begun}i-|"));
    assert!(ids.len() > 10, "{ids:?}");
    let by_name = prompt.complete_at(&format!("{begun}app20-web-1|"));
    let [only] = &by_name.candidates[..] else { panic!("{by_name:?}") };
    assert!(only.text.starts_with("i-") && only.note == "app20-web-1", "{only:?}");
    has(&ids, &[&format!("{begun}{}", only.text)]);
}

#[test]
fn each_session_has_its_own_instances() {
    let prompt = TestPrompt::after("there = aws.session{region='us-east-1'}");
    let names = |session: &str| {
        let marked = format!("{session}ec2.stop_instances{{ instance_ids = {{\"|");
        prompt.becomes_with_resources(&marked);
        prompt.complete_at(&marked).candidates.into_iter().map(|candidate| candidate.note).collect::<Vec<_>>()
    };
    has(&names("there."), &["app20-web-6"]);
    has(&names(""), &["app20-web-1"]);
    assert!(names("aws.session{region='us-east-1'}.").is_empty(), "the session does not exist before the line runs");
}

#[test]
fn tags_roles_and_other_named_resources_are_offered() {
    let prompt = prompt();
    for (marked, expected) in [
        ("ec2.describe_instances{ filters = { ['tag:App'] = '|", "App20'"),
        ("ec2.describe_instances{ filters = { ['tag:App'] = {'App10', '|", "App20'"),
        ("ec2.create_tags{ tags = { |", "App = "),
        ("ec2.create_tags{ tags = { App = '|", "App20'"),
        ("aws.session{ region = '|", "eu-west-1'"),
        ("aws.session{ profile = '|", "staging'"),
        ("ec2.describe_instances({}, { region = |", "\"eu-west-1\""),
    ] {
        has(&prompt.becomes_with_resources(marked), &[&marked.replacen('|', expected, 1)]);
    }
    for marked in ["iam.get_role{ role_name = '|", "ssm.get_parameter{ name = '|", "ec2.describe_vpcs{ vpc_ids = {'|"] {
        assert!(!prompt.becomes_with_resources(marked).is_empty(), "{marked}");
    }
}

#[test]
fn hostile_text_is_sanitized_in_the_list_and_escaped_in_the_line() {
    let hostile = "x\x1b[2J\x1b]52;c;cm0=\x07\r\n\u{202e}\u{9b}y\"'\\";
    let prompt = TestPrompt::after(&format!(
        "local hostile = {}; t = {{ [hostile] = 1 }} \
         ec2.create_tags{{ resources = {{ ec2.describe_instances.all()[1].instance_id }}, tags = {{ Name = hostile }} }}",
        lua_string::quoted(hostile)
    ));
    for marked in [
        "t.|",
        "t['|",
        "t[\"x|",
        "ec2.stop_instances{ instance_ids = {\"|",
        "ec2.create_tags{ tags = { Name = \"|",
        "ec2.create_tags{ tags = { Name = |",
    ] {
        prompt.becomes_with_resources(marked);
        let candidates = prompt.complete_at(marked).candidates;
        for Candidate { text, shown, note } in &candidates {
            assert!(![text, shown, note].iter().any(|part| part.chars().any(is_unsafe)), "{marked}: {candidates:?}");
        }
        assert!(candidates.iter().any(|c| c.shown.contains("52;c") || c.note.contains("52;c")), "{marked}");
    }
    // A long string cannot hold it.
    let long = prompt.shows("ec2.create_tags{ tags = { Name = [[|");
    assert!(!long.is_empty() && !long.iter().any(|shown| shown.contains("52;c")));
    let line = prompt.becomes("return t[\"x|").swap_remove(0);
    let value: i64 = prompt.vm.lua().load(line).eval().expect("the value of the hostile key");
    assert_eq!(value, 1);
}

#[test]
fn completion_is_fast_with_many_resources() {
    let prompt = prompt();
    let (service, operation) = moonfleet_client::by_name::named("ec2", "describe_instances");
    let kind = ResourceKind::Resources(
        ListOperation::for_parameter(service, operation, "instance_ids").expect("a list operation"),
    );
    let named = (0..10_000).map(|n| resource_cache::NamedResource {
        text: format!("i-{n:017x}").into(),
        name: Some(format!("app20-web-{n}").into()),
    });
    prompt.completer.resources.insert(
        &prompt.session,
        kind,
        resource_cache::Values { named: named.collect(), ..Default::default() },
    );
    let begun = "ec2.stop_instances{ instance_ids = {\"";
    for marked in ["ec2.|", "|", &format!("{begun}|"), &format!("{begun}web99|")] {
        prompt.complete_at(marked);
        let began = Instant::now();
        assert!(!prompt.complete_at(marked).candidates.is_empty(), "{marked}");
        let took = began.elapsed();
        // A generous limit, for an unoptimised build beside other tests.
        assert!(took < Duration::from_secs(1), "{marked}: {took:?}");
    }
}
