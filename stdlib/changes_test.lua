local changes = require "changes"
local unit = require "unit"

local tests = {}

local function ids(count)
  local list = {}
  for at = 1, count do list[at] = "i-" .. at end
  return list
end

-- Returns a call that fails for batches with one of these ids, and that records the size of every batch.
local function failing(bad, code, batches)
  return function(batch)
    batches[#batches + 1] = #batch
    for _, id in ipairs(batch) do
      if bad[id] then error({ code = code, message = id .. " is no good", retryable = false }) end
    end
    return {}
  end
end

function tests.test_calls_with_batches_of_ids()
  local batches = {}
  local outcomes = changes.make(ids(7), failing({}, "", batches), { size = 3, done = "stopped" })
  unit.assert_equals(batches, { 3, 3, 1 })
  unit.assert_equals(outcomes["i-7"], { status = "stopped", detail = "" })
end

function tests.test_failed_id_does_not_stop_the_others()
  local batches = {}
  local outcomes = changes.make(ids(8), failing({ ["i-5"] = true }, "IncorrectState", batches), { done = "stopped" })
  for at, id in ipairs(ids(8)) do
    local failed, stopped = { status = "failed", detail = "i-5 is no good" }, { status = "stopped", detail = "" }
    unit.assert_equals(outcomes[id], at == 5 and failed or stopped)
  end
  unit.assert_true(#batches <= 7)
end

function tests.test_throttled_batch_is_not_halved()
  local calls = 0
  local outcomes = changes.make(ids(4), function()
    calls = calls + 1
    error { code = "RequestLimitExceeded", message = "slow down", retryable = true }
  end, { done = "stopped" })
  unit.assert_equals(calls, 1)
  unit.assert_equals(outcomes["i-4"], { status = "failed", detail = "slow down" })
end

function tests.test_refusal_of_the_guard_is_raised()
  local batches = {}
  local refused = failing({ ["i-2"] = true }, "Refused", batches)
  unit.assert_error_contains("i-2 is no good", function()
    local ok, e = pcall(changes.make, ids(4), refused, { done = "stopped" })
    if not ok then error(e.message) end
  end)
  unit.assert_equals(batches, { 4 })
end

function tests.test_mistake_of_the_caller_is_raised()
  unit.assert_error_contains("oops", changes.make, ids(2), function() error "oops" end, { done = "stopped" })
  unit.assert_error_contains("option 'done' is missing", changes.make, ids(2), function() end, {})
end

function tests.test_no_ids_make_no_call()
  unit.assert_equals(changes.make({}, function() error "called" end, { done = "stopped" }), {})
end

function tests.test_failure_exits_with_3()
  unit.assert_equals(changes.exit_code { { status = "stopped" }, { status = "skipped" } }, 0)
  unit.assert_equals(changes.exit_code { { status = "stopped" }, { status = "failed" } }, 3)
end

return tests
