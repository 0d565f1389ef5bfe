---@diagnostic disable: need-check-nil, param-type-mismatch
-- What is nil where a test expects a row fails the test, which is what it is for.

local answers = require "answers"
local unit = require "unit"

local tests = {}

function tests.test_the_summary_counts_what_there_is()
  ---@type any
  local run = { results = { {}, {}, {} }, counts = { ok = 2, failed = 1, unknown = 0 } }
  unit.assert_equals(answers.summary(run), "3 machines: 2 ok, 1 failed")
  ---@type any
  local planned = { results = { {} }, counts = { planned = 1 } }
  unit.assert_equals(answers.summary(planned), "1 machine: 1 planned")
end

return tests
