//! Coroutines around calls that wait.

use serde_json::json;

use crate::support::sandbox;

#[test]
fn calls_can_wait_inside_coroutines_and_protected_calls() {
    let result = sandbox().returned(
        "local function who() return sts.get_caller_identity().account end
         local object = setmetatable({}, {
           __index = function(_, k) return k .. who() end, __call = function() return who() end,
           __add = function() return who() end, __eq = function() return who() ~= nil end,
         })
         local closed
         do local c <close> = setmetatable({}, {__close = function() closed = who() end}) end
         local tail = (function() return who() end)()
         return {
           select(2, pcall(who)), select(2, xpcall(who, print)), object.x, object(), object + 1,
           tostring(object == setmetatable({}, getmetatable(object))), closed, load('return ...')(who()), tail,
           (coroutine.wrap(who)()), select(2, coroutine.resume(coroutine.create(who))),
           select(2, pcall(coroutine.wrap(function() return select(2, pcall(who)) end))),
         }",
    );
    let account = "123456789012";
    assert_eq!(
        result,
        json!([
            account,
            account,
            format!("x{account}"),
            account,
            account,
            "true",
            account,
            account,
            account,
            account,
            account,
            account
        ])
    );
}

#[test]
fn a_coroutine_can_be_a_generator_that_calls_aws() {
    let result = sandbox().returned(
        "local function stages()
           return coroutine.wrap(function()
             for _, region in ipairs{'eu-central-1', 'eu-west-1'} do
               local found = aws.session{region=region}.ec2.describe_instances.all{}
               local got = coroutine.yield(region, #found > 0)
               assert(got == nil)
             end
           end)
         end
         local result = {}
         for region, found in stages() do result[#result + 1] = region .. tostring(found) end
         local co = coroutine.create(function(a)
           local b = coroutine.yield(a .. sts.get_caller_identity().account)
           return b .. #coroutine.yield(coroutine.status(coroutine.running()))
         end)
         local _, first = coroutine.resume(co, 'a')
         local _, second = coroutine.resume(co, 'b')
         local _, third = coroutine.resume(co, 'ccc')
         result[3], result[4], result[5], result[6] = first, second, third, coroutine.status(co)
         result[7] = tostring(select(2, coroutine.resume(co)))
         return result",
    );
    assert_eq!(
        result,
        json!([
            "eu-central-1true",
            "eu-west-1true",
            "a123456789012",
            "running",
            "b3",
            "dead",
            "cannot resume dead coroutine"
        ])
    );
}

#[test]
fn generators_inside_tasks_do_not_disturb_each_other() {
    let result = sandbox().returned(
        "return (task.map({3, 1, 2}, function(n)
           local sum = 0
           for v in coroutine.wrap(function()
             for i = 1, n do task.sleep(0) coroutine.yield(i) end
           end) do
             sts.get_caller_identity()
             sum = sum + v
           end
           return sum
         end))",
    );
    assert_eq!(result, json!([6, 1, 3]));
}
