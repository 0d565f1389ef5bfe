//! Memory limits that are reached at every allocation of a chunk in turn.

use futures_executor::block_on;
use moonfleet::machine;
use moonfleet::simulation::sandbox_context;

/// Like curl's torture tests, lets each allocation fail in turn. An abort of the program would abort
/// the test.
#[test]
fn the_program_survives_running_out_of_memory_at_every_allocation() {
    let session = sandbox_context();
    for chunk in [
        "local t = {} for n = 1, 100 do t[n] = {n} end return #t",
        "return pcall(error, {code = 'x'})",
        "local ok, e = pcall(ec2.describe_tags, {nothing = 1}) return tostring(e) .. e.code",
        "return ec2.describe_vpcs.all()[1].tags.Name",
        "return json.encode(json.decode('[{\"a\":[1,2,null]},\"x\"]'))",
        "return csv.encode(csv.decode('a,b\\n1,2\\n'))",
        "return task.map({1, 2, 3}, function(n) task.sleep(0) return {n} end)",
        "return task.race{function() task.sleep(60) end, function() error('x') end}",
        "return coroutine.wrap(function() return sts.get_caller_identity().account end)()",
        "return report.table{{a = 1, b = {c = 2}}}",
        "return tostring(time.now() + 1), require('json'), pcall(require, 'absent')",
        "for i in ec2.describe_instances.items() do if i.tags.Name then return i end end",
        "return sweep.regions({'eu-central-1'}, function() return ec2.describe_vpcs.all() end).results",
    ] {
        let vm = machine::builder(&session).build().expect("a machine");
        let limited = |room: usize| {
            let function = vm.load(chunk.as_bytes(), "=chunk").unwrap_or_else(|failure| panic!("{chunk}: {failure}"));
            let _ = vm.lua().gc_collect();
            vm.lua().set_memory_limit(vm.lua().used_memory() + room).expect("a limit");
            let ended = block_on(vm.run(function, mlua::MultiValue::new()));
            vm.lua().set_memory_limit(0).expect("no limit");
            ended.map_err(|failure| failure.to_string())
        };
        let mut failures = 0;
        let mut room = 0;
        // Some chunks end in an error; it must not be one about memory.
        while limited(room).is_err_and(|message| message.contains("memory") || room < 2_000) {
            failures += 1;
            room += 16 + room / 64;
        }
        assert!(failures > 0, "{chunk}: it takes no memory at all");
        let one = vm.load(b"return 1 + 1", "=chunk").unwrap_or_else(|failure| panic!("{chunk}: {failure}"));
        let two = block_on(vm.run(one, mlua::MultiValue::new())).unwrap_or_else(|failure| panic!("{chunk}: {failure}"));
        assert_eq!(two.front().and_then(mlua::Value::as_integer), Some(2), "{chunk}");
    }
}
