//! `task.all`, `task.race` and `task.timeout`: results, errors, and cancellation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::server::{REQUEST_ID, Reply, Server};
use crate::support::{Shell, wait_until};

fn returned(lua: &str) -> Value {
    Shell::new().returned(lua)
}

// Results.

#[test]
fn all_runs_functions_concurrently_and_keeps_their_keys() {
    let seen = returned(
        "-- Each function waits for its turn, and none has one before all have started.
         local order, started = {}, 0
         local function at(turn, of, value)
           return function()
             started = started + 1
             while started < of or #order < turn - 1 do task.sleep(0) end
             order[#order + 1] = value
             return value
           end
         end
         local list = task.all{at(3, 3, 'a'), at(1, 3, 'b'), at(2, 3, 'c')}
         local list_order = order
         order, started = {}, 0
         local named = task.all{slow = at(2, 2, 1), quick = at(1, 2, 2)}
         return {list, list_order, named, order}",
    );
    assert_eq!(seen, json!([["a", "b", "c"], ["b", "c", "a"], {"slow": 1, "quick": 2}, [2, 1]]));
}

/// Lua code: `waiting(name)` returns a function that waits for longer than any test runs, and notes in `ended` if it is
/// cancelled.
const WAITING: &str = "local ended, went_on = {}, false
  local function waiting(name)
    return function()
      local note <close> = setmetatable({}, {__close = function() ended[#ended + 1] = name end})
      task.sleep('1h')
      went_on = true
    end
  end
";

#[test]
fn all_of_nothing_is_an_empty_list() {
    assert_eq!(returned("return task.all{}"), json!([]));
}

#[test]
fn the_first_error_of_all_ends_the_others() {
    let seen = returned(&format!(
        "{WAITING}
         local ok, e = pcall(task.all, {{
           slow = waiting('slow'),
           bad = function() task.sleep(0) error({{code = 'NoDisk'}}) end,
         }})
         return {{ok, e.code, ended, went_on}}"
    ));
    assert_eq!(seen, json!([false, "NoDisk", ["slow"], false]));
}

#[test]
fn race_returns_the_result_and_the_key_of_the_first() {
    let seen = returned(
        "local function after(duration, value) return function() task.sleep(duration) return value end end
         return {
           {task.race{after('1h', 'slow'), after(0, 'quick')}},
           {task.race{slow = after('1h', 1), quick = after(0, 2)}},
           {task.race{function() return 'at once' end, function() error('is not even started') end}},
           select('#', task.race{function() end}), select(2, task.race{function() end}),
         }",
    );
    assert_eq!(seen, json!([["quick", 2], [2, "quick"], ["at once", 1], 2, 1]));
}

#[test]
fn race_ends_when_the_first_function_fails() {
    let seen = returned(&format!(
        "{WAITING}
         local ok, e = pcall(task.race, {{waiting('slow'), function() task.sleep(0) error({{code = 'NoDisk'}}) end}})
         return {{ok, e.code, ended, went_on}}"
    ));
    assert_eq!(seen, json!([false, "NoDisk", ["slow"], false]));
}

#[test]
fn functions_without_calls_run_in_the_order_of_their_keys() {
    let seen = returned(
        "local order = {}
         local function noting(name) return function() order[#order + 1] = name end end
         task.all{noting(1), noting(2), noting(3)}
         task.all{d = noting('d'), b = noting('b'), a = noting('a'), c = noting('c')}
         return order",
    );
    assert_eq!(seen, json!([1, 2, 3, "a", "b", "c", "d"]));
}

#[test]
fn timeout_passes_arguments_and_returns_all_results() {
    let seen = returned(
        "local function f(...) task.sleep(0) return select('#', ...), ... end
         local r = table.pack(task.timeout('1h', f, nil, 'x', nil))
         return {r.n, r[1], r[2] == nil, r[3], r[4] == nil, select('#', task.timeout(2, function() end))}",
    );
    assert_eq!(seen, json!([4, 3, true, "x", true, 0]));
}

#[test]
fn an_exceeded_timeout_is_an_error_with_a_code() {
    let seen = returned(&format!(
        "{WAITING}
         local started = time.clock()
         local ok, e = pcall(task.timeout, '100ms', waiting('slow'))
         local took = time.clock() - started
         return {{ok, e.code, e.retryable, tostring(e), ended, went_on, took >= 0.1}}"
    ));
    let text = "Timeout: task.timeout: not finished within 100ms";
    assert_eq!(seen, json!([false, "Timeout", true, text, ["slow"], false, true]));
}

#[test]
fn the_shorter_of_two_limits_counts() {
    let seen = returned(
        "local function slow() task.sleep('1h') end
         local function text(...) return tostring(select(2, pcall(task.timeout, ...))) end
         return {text('1m', task.timeout, '100ms', slow), text('100ms', task.timeout, '1m', slow)}",
    );
    assert_eq!(seen, json!(vec!["Timeout: task.timeout: not finished within 100ms"; 2]));
}

#[test]
fn a_function_that_only_computes_returns_after_its_timeout() {
    let seen = returned(
        "return task.timeout('10ms', function()
           local started = time.clock()
           while time.clock() - started < 0.1 do end
           return 'done'
         end)",
    );
    assert_eq!(seen, "done");
}

#[test]
fn all_race_and_timeout_can_be_nested() {
    let seen = returned(
        "local function nap(value) return function() task.sleep(0) return value end end
         return task.map({1, 2, 3}, function(n)
           local both = task.all{
             won = function() return (task.race{nap(n * 10), function() task.sleep('1h') end}) end,
             mapped = function() return task.map({n, n}, function(m) return task.timeout('1h', nap(m)) end) end,
           }
           return {both.won, both.mapped}
         end)",
    );
    assert_eq!(seen, json!([[10, [1, 1]], [20, [2, 2]], [30, [3, 3]]]));
}

#[test]
fn operations_can_be_passed_as_functions() {
    let seen = Shell::new().sandbox().returned(
        "local all = task.all{sts.get_caller_identity, sts.get_caller_identity}
         local timed = task.timeout('1m', ec2.describe_regions, {region_names = {'eu-west-1'}})
         return {all[1].account == all[2].account, timed.regions[1].region_name}",
    );
    assert_eq!(seen, json!([true, "eu-west-1"]));
}

// Wrong arguments.

#[test]
fn errors_name_the_argument_and_the_next_step() {
    let function = "function() end";
    for (call, said) in [
        (
            format!("task.all{{{function}, {{}}}}"),
            "task.all: item 2 must be a function, got table; to pass a call, write",
        ),
        ("task.race{web = 'x'}".to_owned(), "task.race: `web` must be a function, got string"),
        (
            format!("task.all({function})"),
            "task.all: expected a table of functions, for example task.all{a = f, b = g}",
        ),
        ("task.race()".to_owned(), "task.race: expected a table of functions"),
        (format!("task.all{{{function}, a = {function}}}"), "both items and the name `a`"),
        (format!("task.all{{nil, {function}}}"), "there is an item 2 but no item 1; fill the gap"),
        (format!("task.all{{[true] = {function}}}"), "a value of type boolean is not a key"),
        ("task.race{}".to_owned(), "task.race: there are no functions to run; pass at least one"),
        (format!("task.timeout({function}, '5s')"), "task.timeout: a duration is text such as \"5m\""),
        (format!("task.timeout('5 parsecs', {function})"), "task.timeout: `5 parsecs` is not a duration"),
        ("task.timeout('5s')".to_owned(), "task.timeout: the second argument must be a function, got nil"),
        (
            "task.timeout('5s', sts.get_caller_identity())".to_owned(),
            "the second argument must be a function, got table",
        ),
        ("task.map({1})".to_owned(), "task.map: the second argument must be a function, got nil"),
        (format!("task.map({function}, {{1}})"), "task.map: the first argument must be a list, got function"),
    ] {
        Shell::new().sandbox().chunk(&call).code(1).printed("").says(said);
    }
}

// Errors.

fn refusal() -> Reply {
    Reply::xml(format!(
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error>\
         </Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    ))
    .status(403)
}

/// The functions that run a function.
const WAYS: &str = "local function rethrow(f) local ok, e = pcall(f) error(e, 0) end
  local ways = {
    function(f) task.all{f} end,
    function(f) task.all{a = function() task.sleep(0) f() end, b = function() task.sleep('1h') end} end,
    function(f) task.race{f, function() task.sleep('1h') end} end,
    function(f) task.timeout('1h', f) end,
    function(f) task.timeout('1h', rethrow, f) end,
    function(f) task.race{function() task.all{function() task.timeout('1h', function() task.map({1}, f) end) end} end} end,
    function(f) rethrow(function() task.race{function() rethrow(function() task.all{f} end) end} end) end,
    function(f) coroutine.wrap(function() task.timeout('1h', function() task.all{coroutine.wrap(f)} end) end)() end,
  }
";

#[test]
fn errors_of_calls_keep_their_fields_in_every_function() {
    let server = Server::always(refusal());
    let seen = Shell::new().endpoint(&server.url).returned(&format!(
        "{WAYS}
         for at, way in ipairs(ways) do
           local ok, e = pcall(way, function() ec2.describe_tags{{}} end)
           ways[at] = table.concat({{tostring(ok), e.code, e.status, e.operation, e.request_id, tostring(e.retryable)}}, ' ')
         end
         return ways"
    ));
    let expected = format!("false UnauthorizedOperation 403 describe_tags {REQUEST_ID} false");
    assert_eq!(seen, json!(vec![expected; 8]));
}

#[test]
fn errors_that_are_tables_stay_the_same_tables_in_every_function() {
    let seen = returned(&format!(
        "{WAYS}
         local object = setmetatable({{code = 'NoDisk'}}, {{__tostring = function(e) return 'E ' .. e.code end}})
         for at, way in ipairs(ways) do
           local _, e = pcall(way, function() task.sleep(0) error(object) end)
           ways[at] = tostring(e == object) .. ' ' .. tostring(e)
         end
         return ways"
    ));
    assert_eq!(seen, json!(vec!["true E NoDisk"; 8]));
}

#[test]
fn timeouts_keep_their_code_in_every_function() {
    let seen = returned(&format!(
        "{WAYS}
         for at, way in ipairs(ways) do
           local _, e = pcall(way, function() task.timeout('20ms', task.sleep, '1h') end)
           ways[at] = e.code .. ' ' .. tostring(e.retryable)
         end
         return ways"
    ));
    assert_eq!(seen, json!(vec!["Timeout true"; 8]));
}

// Cancellation.

/// A server that never answers `describe_tags`. It answers AssumeRole for `…/N` once N of those calls have arrived (for
/// the session `sent`) or have been dropped (for the session `left`), with their number.
fn silent() -> Server {
    let (sent, left) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    Server::start(move |request| {
        if request.operation() == "DescribeTags" {
            sent.fetch_add(1, Ordering::SeqCst);
            return Reply::Silence(left.clone());
        }
        let counter = if request.parameter("RoleSessionName").as_deref() == Some("sent") { &sent } else { &*left };
        let wanted = request.parameter("RoleArn").and_then(|arn| arn.rsplit('/').next()?.parse().ok()).unwrap_or(0);
        wait_until("the calls do not come, or are not dropped", || counter.load(Ordering::SeqCst) >= wanted);
        Reply::xml(format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
             <PackedPolicySize>{}</PackedPolicySize></AssumeRoleResult></AssumeRoleResponse>",
            counter.load(Ordering::SeqCst)
        ))
    })
}

/// Lua code: `reaches('sent', n)` waits until the server has n calls of `hang`, and `reaches('left', n)` until n of them
/// were dropped. Both return their number.
const HANG: &str = "collectgarbage('stop') -- Else it might do what dropping must do.
  local function hang() ec2.describe_tags{} error('the server has answered') end
  local function reaches(what, count)
    local role = 'arn:aws:iam::123456789012:role/' .. count
    return sts.assume_role{role_arn = role, role_session_name = what}.packed_policy_size
  end
";

/// Runs a chunk that cancels some calls of `hang`. The server must see that their connections are closed while the
/// process still runs.
#[track_caller]
fn cancels(calls: usize, lua: &str) {
    let server = silent();
    let seen = Shell::new().endpoint(&server.url).returned(&format!(
        "{HANG}
         -- The calls must be on their way before they are cancelled.
         local function sent() reaches('sent', {calls}) return 'sent' end
         {lua}
         return reaches('left', {calls})"
    ));
    assert_eq!(seen, calls);
    let sent = server.operations().iter().filter(|operation| *operation == "DescribeTags").count();
    assert_eq!(sent, calls, "nothing is sent again");
}

#[test]
fn the_loser_of_a_race_is_dropped_with_its_call() {
    cancels(1, "assert(task.race{hang, sent} == 'sent')");
}

#[test]
fn a_call_that_exceeds_its_timeout_is_dropped() {
    // If the timeout expires before the call is sent, nothing is dropped; then the timeout is doubled.
    let server = silent();
    let seen = Shell::new().endpoint(&server.url).returned(&format!(
        "{HANG}
         local limit = 0.5
         repeat
           assert(select(2, pcall(task.timeout, limit, hang)).code == 'Timeout')
           limit = limit * 2
         until reaches('sent', 0) > 0
         return reaches('left', 1)"
    ));
    assert_eq!(seen, 1);
}

#[test]
fn the_calls_beside_an_error_are_dropped() {
    cancels(2, "assert(not pcall(task.all, {a = hang, b = hang, c = function() sent() error('no') end}))");
}

#[test]
fn cancelling_a_function_cancels_its_inner_functions() {
    cancels(
        4,
        "task.race{
           function() task.map({1, 2}, hang) end,
           function() task.timeout('1h', function() pcall(hang) end) end,
           function() task.all{a = function() task.race{hang} end} end,
           sent,
         }",
    );
}

#[test]
fn a_call_in_a_coroutine_is_dropped() {
    cancels(1, "task.race{coroutine.wrap(hang), sent}");
    cancels(
        2,
        "local function generator()
           return coroutine.wrap(function() coroutine.wrap(function() pcall(hang) end)() error('it went on') end)
         end
         task.race{function() for _ in generator() do end end, function() task.map({1}, generator()) end, sent}",
    );
}

#[test]
fn a_cancelled_function_makes_no_further_calls() {
    let server = silent();
    Shell::new()
        .endpoint(&server.url)
        .chunk(&format!(
            "{HANG}
             local may_go_on = false
             local function late() repeat task.sleep(0) until may_go_on hang() end
             task.race{{late, function() end}}
             task.race{{late, function() task.sleep(0) end}}
             pcall(task.timeout, '50ms', late)
             pcall(task.all, {{late, function() error('no') end}})
             may_go_on = true
             -- Enough turns, and the time of a call, for the rest.
             for _ = 1, 1000 do task.sleep(0) end
             reaches('sent', 0)"
        ))
        .code(0);
    assert_eq!(server.operations(), ["AssumeRole"]);
}

#[test]
fn cancellation_closes_variables_with_close() {
    let seen = returned(&format!(
        "{WAITING}
         task.race{{waiting('race'), function() task.sleep(0) end}}
         pcall(task.timeout, '20ms', waiting('timeout'))
         return ended"
    ));
    assert_eq!(seen, json!(["race", "timeout"]));
}

#[test]
fn map_rejects_tables_that_are_no_lists_and_keeps_gaps_as_null() {
    for list in ["{a=1, b=2}", "{1, nil, 3}", "{1, 2, name=3}"] {
        Shell::new().chunk(&format!("task.map({list}, print)")).code(1).says("must be a list").printed("");
    }
    let seen = returned("return (task.map({1, 2, 3}, function(n) if n ~= 2 then return n end end))");
    assert_eq!(seen, json!([1, null, 3]));
}
