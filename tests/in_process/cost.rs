//! What an evaluation has cost.

use std::sync::Arc;

use futures_executor::block_on;
use mlua::MultiValue;
use moonfleet::guard::{Guard, Orders};
use moonfleet::lua::{Bounds, Output, Vm};
use moonfleet::repl::show::Timing;
use moonfleet::sandbox::Sandbox;
use moonfleet::session::{Session, Settings};

#[test]
fn an_evaluation_tells_what_it_has_cost() {
    let guard = Arc::new(Guard::new(Orders::default()));
    let session = Session::new(Settings::default(), Some(Sandbox::seeded()), guard);
    let vm = Vm::new(&session, Output::default(), Bounds::default()).expect("a machine");
    let timing = Timing::begin();
    let chunk = "for _ in ec2.describe_instances.pages{max_results=10} do end
                 ec2.wait.vpc_exists{vpc_ids={ec2.describe_vpcs.all()[1].vpc_id}}";
    let chunk = vm.load(chunk.as_bytes(), "=chunk").unwrap_or_else(|e| panic!("{e}"));
    block_on(vm.run(chunk, MultiValue::new())).unwrap_or_else(|e| panic!("{e}"));
    let cost = timing.cost().to_string();
    assert!(cost.ends_with(" s, 4 requests"), "two pages, a list and a poll: {cost}");
}
