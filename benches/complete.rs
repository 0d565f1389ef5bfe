//! The time of a completion in the worst cases: in an account of 10,000 instances whose ids and names
//! are cached, among EC2's operations, and at positions whose context has to be determined.
//!
//! `cargo bench --bench complete`. The limit is 50 ms; people notice longer waits.

use std::time::{Duration, Instant};

use moonfleet::machine;
use moonfleet::repl::complete::Completer;
use moonfleet::repl::resource_cache::{ListOperation, NamedResource, ResourceKind, Values};
use moonfleet::simulation::sandbox_context;
use moonfleet_client::by_name::named;
use moonfleet_engine::Context;
use moonfleet_lua::Vm;

const INSTANCES: usize = 10_000;
const ROUNDS: usize = 200;
const LIMIT: Duration = Duration::from_millis(50);

/// The typed text up to the cursor.
const LINES: &[&str] = &[
    "",
    "ec2.",
    "ec2.describe_in",
    "ec2.zzz",
    "ec2.run_instances{",
    "ec2.run_instances{ instance_type = \"",
    "ec2.stop_instances{ instance_ids = {\"",
    "ec2.stop_instances{ instance_ids = {\"i-000",
    "ec2.stop_instances{ instance_ids = {\"app20-web-99",
    "ec2.stop_instances{ instance_ids = {\"nothing like it",
    "ec2.describe_instances{ filters = { [\"tag:Key7\"] = \"",
    "aws.session{ region = \"eu-west-1\" }.ec2.describe_instances.all{ ",
    "fleet.run('i-1', 'uptime', { ",
    "t[1].",
    "?",
];

fn main() {
    let session = sandbox_context();
    let vm = machine::builder(&session).build().expect("a machine");
    let rows = "t = {}; for n = 1, 100000 do t[n] = { instance_id = n } end; big = {}; for n = 1, 100000 do big['k' .. n] = n end";
    vm.lua().load(rows).exec().expect("a table");
    let completer = Completer::default();
    fill_cache(&completer, &session);
    // The completer parses all of a script of a thousand lines.
    let script = "local x = ec2.describe_instances{ filters = { ['tag:App'] = 'App20' } }\n".repeat(1_000);
    let pasted = format!("{script}ec2.");
    let lines = LINES.iter().copied().chain(["big.", pasted.as_str()]);
    let mut worst = Duration::ZERO;
    for line in lines {
        let slowest = slowest(&completer, &vm, line);
        worst = worst.max(slowest.0);
        let end: String = line.chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
        println!("{:>8.2} ms {:>5} candidates  {end}", slowest.0.as_secs_f64() * 1e3, slowest.1);
    }
    println!("the slowest of {ROUNDS} at each position: {:.2} ms; the limit is {LIMIT:?}", worst.as_secs_f64() * 1e3);
    assert!(worst < LIMIT, "a completion took longer than {LIMIT:?}");
}

fn slowest(completer: &Completer, vm: &Vm, line: &str) -> (Duration, usize) {
    let once = |_| {
        let began = Instant::now();
        let completion = completer.complete(vm, line, line.len());
        (began.elapsed(), completion.candidates.len())
    };
    (0..ROUNDS).map(once).max().expect("ROUNDS is not 0")
}

fn fill_cache(completer: &Completer, session: &Context) {
    let (service, operation) = named("ec2", "describe_instances");
    let list_operation =
        ListOperation::for_parameter(service, operation, "instance_ids").expect("an operation lists instances");
    let instance =
        |n: usize| NamedResource { text: format!("i-{n:017x}").into(), name: Some(format!("app20-web-{n}").into()) };
    let named = (0..INSTANCES).map(instance).collect();
    completer.resources().insert(
        session,
        ResourceKind::Resources(list_operation),
        Values { named, ..Values::default() },
    );
    let tags = (0..100).map(|key| (format!("Key{key}"), (0..500).map(|value| format!("value-{value}")).collect()));
    completer.resources().insert(session, ResourceKind::Tags, Values { tags: tags.collect(), ..Values::default() });
}
