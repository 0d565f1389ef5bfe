---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local nodes = require "nodes"
local unit = require "unit"

local tests = {}

local function by_name(list)
  local found = {}
  for _, row in ipairs(list) do found[row.name] = row end
  return found
end

function tests.test_managed_machines_have_names_and_tags()
  local all = by_name(nodes.managed())
  unit.assert_equals(all["app20-web-1"].tags.App, "App20")
  unit.assert_equals(all["app20-web-1"].ping_status, "Online")
  unit.assert_equals(all["datacentre-backup-1"].resource_type, "ManagedInstance")
  unit.assert_equals(all["datacentre-backup-1"].tags.Owner, "team-platform")
  unit.assert_nil(all["app20-batch-1"], "it is stopped")
end

function tests.test_selects_machines_by_tags_ids_and_state()
  unit.assert_equals(#nodes.managed { tags = { App = "App20" } }, 3)
  local lost = nodes.managed { ping_status = "ConnectionLost" }
  unit.assert_equals(#lost, 1)
  unit.assert_equals(lost[1].name, "app10-checkout-3")
  unit.assert_true(lost[1].age > time.hours(30))
  unit.assert_equals(nodes.managed({ ids = { lost[1].instance_id } })[1].name, "app10-checkout-3")
  unit.assert_equals(nodes.managed({ platform_type = "Windows" })[1].name, "app50-report-1")
  unit.assert_error_contains("is an empty list", nodes.managed, { ids = {} })
end

function tests.test_unmanaged_instances_have_a_reason()
  local found = by_name(nodes.unmanaged())
  unit.assert_str_contains(found["app10-ledger-1"].reason, "no instance profile")
  unit.assert_str_contains(found["ci-runner-1"].reason, "agent is stopped")
  unit.assert_nil(found["app20-web-1"])
end

function tests.test_unreachable_machine_is_a_finding()
  local kinds = {}
  for _, finding in ipairs(nodes.findings()) do kinds[finding.name] = finding.finding end
  unit.assert_equals(kinds["app10-checkout-3"], "offline-node")
  unit.assert_equals(kinds["app10-ledger-1"], "unmanaged-instance")
  unit.assert_nil(kinds["app20-web-1"])
  unit.assert_equals(nodes.findings { tags = { App = "App20" } }, {})
end

function tests.test_only_agents_on_linux_are_known_to_be_old()
  local function info(platform)
    return {
      instance_id = "mi-" .. platform,
      name = platform,
      platform_type = platform,
      ping_status = "Online",
      last_ping_date_time = time.now(),
      agent_version = "3.0.0.0",
      is_latest_version = false,
    }
  end
  local infos = { info "Linux", info "Windows", info "MacOS" }
  unit.answer("ssm.describe_instance_information", { instance_information_list = infos })
  local old = {}
  for _, finding in ipairs(nodes.findings()) do
    if finding.finding == "old-agent" then old[#old + 1] = finding.name end
  end
  unit.assert_equals(old, { "Linux" })
end

function tests.test_more_than_100_ids_are_asked_in_parts()
  local ids = {}
  for number = 1, 250 do ids[number] = "i-" .. number end
  local asked = 0
  unit.answer("ssm.describe_instance_information", function(input)
    local values = input.filters[1].values
    unit.assert_true(#values <= 100)
    asked = asked + #values
    return { instance_information_list = {} }
  end)
  nodes.managed { ids = ids }
  unit.assert_equals(asked, 250)
end

return tests
