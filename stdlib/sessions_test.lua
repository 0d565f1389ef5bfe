---@diagnostic disable: need-check-nil, param-type-mismatch
-- What is nil where a test expects a row fails the test, which is what it is for.

local nodes = require "nodes"
local sessions = require "sessions"
local unit = require "unit"

local tests = {}

local function id_of(name)
  for _, node in ipairs(nodes.managed()) do
    if node.name == name then return node.instance_id end
  end
end

function tests.test_open_and_past_sessions()
  local open = sessions.open()
  unit.assert_equals(#open, 1)
  unit.assert_equals({ open[1].name, open[1].age }, { "bastion-fra", time.hours(3) })
  unit.assert_equals(#sessions.past(), 2)
  unit.assert_equals(sessions.past({ max_age = "3d" })[1].reason, "Disk full")
  unit.assert_equals(#sessions.past { target = open[1].instance_id }, 1)
end

function tests.test_a_session_that_is_ended_is_past()
  sessions.terminate { sessions.open()[1].session_id }
  unit.assert_equals(sessions.open(), {})
  unit.assert_equals(#sessions.past(), 3)
  unit.assert_error_contains("none is not all", sessions.terminate, {})
end

function tests.test_the_command_that_opens_one()
  local command = sessions.command(id_of "bastion-fra", { port = 5432, local_port = 15432 })
  unit.assert_str_contains(command, "aws ssm start-session --target i-")
  unit.assert_str_contains(command, '"localPortNumber":["15432"]')
end

function tests.test_a_machine_that_is_offline_can_have_none()
  unit.assert_error_contains("was last heard of", sessions.start, id_of "app10-checkout-3")
  unit.assert_error_contains("does not know", sessions.start, "i-0123456789abcdef0")
end

return tests
