---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local answers = require "answers"
local unit = require "unit"

local tests = {}

function tests.test_summary_counts_machines_by_status()
  ---@type any
  local run = { results = { {}, {}, {} }, counts = { ok = 2, failed = 1, unknown = 0 } }
  unit.assert_equals(answers.summary(run), "3 machines: 2 ok, 1 failed")
  ---@type any
  local planned = { results = { {} }, counts = { planned = 1 } }
  unit.assert_equals(answers.summary(planned), "1 machine: 1 planned")
end

return tests
