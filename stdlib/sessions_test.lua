---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local nodes = require "nodes"
local sessions = require "sessions"
local unit = require "unit"

local tests = {}

local function id_of(name)
  for _, node in ipairs(nodes.managed()) do
    if node.name == name then return node.instance_id end
  end
end

function tests.test_lists_open_and_past_sessions()
  local open = sessions.open()
  unit.assert_equals(#open, 1)
  unit.assert_equals({ open[1].name, open[1].age }, { "bastion-fra", time.hours(3) })
  unit.assert_equals(#sessions.past(), 2)
  unit.assert_equals(sessions.past({ max_age = "3d" })[1].reason, "Disk full")
  unit.assert_equals(#sessions.past { target = open[1].instance_id }, 1)
end

function tests.test_terminated_session_is_past()
  sessions.terminate { sessions.open()[1].session_id }
  unit.assert_equals(sessions.open(), {})
  unit.assert_equals(#sessions.past(), 3)
  unit.assert_error_contains("the list of ids is empty", sessions.terminate, {})
end

function tests.test_returns_the_command_for_a_session()
  local command = sessions.command(id_of "bastion-fra", { port = 5432, local_port = 15432 })
  unit.assert_str_contains(command, "aws ssm start-session --target i-")
  unit.assert_str_contains(command, '"localPortNumber":["15432"]')
end

function tests.test_offline_machine_is_an_error()
  unit.assert_error_contains("was last online", sessions.start, id_of "app10-checkout-3")
  unit.assert_error_contains("does not manage", sessions.start, "i-0123456789abcdef0")
end

return tests
