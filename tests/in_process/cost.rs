//! The cost of an evaluation, which `.time` shows.

use futures_executor::block_on;
use mlua::MultiValue;
use moonfleet::machine;
use moonfleet::repl::show::Timing;
use moonfleet::simulation::sandbox_context;

#[test]
#[ignore = "the next test starts it"]
fn a_process_that_evaluates() {
    let session = sandbox_context();
    let vm = machine::builder(&session).build().expect("a machine");
    let timing = Timing::begin();
    let chunk = "for _ in ec2.describe_instances.pages{max_results=10} do end
                 ec2.wait.vpc_exists{vpc_ids={ec2.describe_vpcs.all()[1].vpc_id}}";
    let chunk = vm.load(chunk.as_bytes(), "=chunk").unwrap_or_else(|e| panic!("{e}"));
    block_on(vm.run(chunk, MultiValue::new())).unwrap_or_else(|e| panic!("{e}"));
    let cost = timing.cost().to_string();
    assert!(cost.ends_with(" s, 4 requests"), "two pages, a list and a poll: {cost}");
}

/// Runs in a process of its own, because requests are counted for the whole process.
#[test]
fn an_evaluation_reports_its_requests_and_time() {
    let this = std::env::current_exe().expect("a test is a program");
    let mut child = std::process::Command::new(this);
    let output = child.args(["--exact", "cost::a_process_that_evaluates", "--ignored"]).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
