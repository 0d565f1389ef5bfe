//! `task.map`: order, limit, and errors.

use serde_json::json;

use crate::support::Shell;

#[test]
fn tasks_run_at_the_same_time_and_keep_their_order() {
    let result = Shell::new().returned(
        "-- All have to be there before one is done, and the last of them is done first.
         local items, started, over = {}, 0, 0 for n = 1, 16 do items[n] = n end
         local done, errors = task.map(items, function(n, index)
           started = started + 1
           while started < 16 or over < 16 - n do task.sleep(0) end
           over = over + 1
           return n * 10 + index
         end)
         return {done = done, errors = errors == nil}",
    );
    assert_eq!(result["done"], json!((1..=16).map(|n| n * 11).collect::<Vec<_>>()));
    assert_eq!(result["errors"], true);
}

#[test]
fn the_limit_of_concurrent_tasks_is_respected() {
    let result = Shell::new().returned(
        "local now, most = 0, 0
         task.map({1, 2, 3, 4, 5, 6, 7, 8, 9}, function()
           now = now + 1 most = math.max(most, now) for _ = 1, 5 do task.sleep(0) end now = now - 1
         end, {limit=3})
         return most",
    );
    assert_eq!(result, 3);
}

#[test]
fn errors_of_tasks_are_collected_with_their_items() {
    let result = Shell::new().returned(
        "local done, errors = task.map({'a', 'b', 'c', 'd'}, function(item)
           task.sleep(0)
           if item == 'b' then error({code='NoDisk', status=507, inner={1, 2}}) end
           if item == 'c' then error('plain', 0) end
           return item:upper()
         end, {on_error='collect'})
         local by = {}
         for _, e in ipairs(errors) do by[e.item] = e end
         return {
           a = done[1], b = done[2] == nil, d = done[4], count = #errors, index = by.b.index,
           code = by.b.error.code, status = by.b.error.status, inner = by.b.error.inner, plain = by.c.error,
           none = select(2, task.map({}, print, {on_error='collect'})), empty = (task.map({}, print)),
         }",
    );
    assert_eq!(
        result,
        json!({
            "a": "A", "b": true, "d": "D", "count": 2, "index": 2, "code": "NoDisk", "status": 507, "inner": [1, 2],
            "plain": "plain", "none": [], "empty": [],
        })
    );
}

#[test]
fn the_first_error_ends_all_tasks() {
    let result = Shell::new().returned(
        "local ended, went_on = false, false
         local ok, e = pcall(task.map, {1, 2}, function(n)
           if n == 1 then task.sleep(0) error('first', 0) end
           local note <close> = setmetatable({}, {__close = function() ended = true end})
           task.sleep('1h')
           went_on = true
         end)
         return {ok, tostring(e), ended, went_on}",
    );
    assert_eq!(result, json!([false, "first", true, false]));
}

#[test]
fn the_error_that_ends_tasks_is_the_raised_value() {
    let result = Shell::new().returned(
        "local object = setmetatable({code='NoDisk'}, {__tostring = function(e) return 'E ' .. e.code end})
         local function fail() error(object) end
         local _, e = pcall(task.map, {1}, fail)
         local _, nested = pcall(task.map, {1}, function() task.map({1}, fail) end)
         local _, text = pcall(task.map, {1}, function() error('text', 0) end)
         return {tostring(e.code), tostring(e), e == object, nested == object, type(text)}",
    );
    assert_eq!(result, json!(["NoDisk", "E NoDisk", true, true, "string"]));
}

#[test]
fn options_of_tasks_are_checked() {
    for (options, part) in
        [("{limt=3}", "did you mean `limit`?"), ("{limit=0}", "at least 1"), ("{on_error='stop'}", "stop")]
    {
        Shell::new().chunk(&format!("task.map({{1}}, print, {options})")).code(1).printed("").says(part);
    }
}
