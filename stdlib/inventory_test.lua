---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local inventory = require "inventory"
local unit = require "unit"

local tests = {}

function tests.test_finds_machines_with_an_old_version()
  local old = inventory.applications { name = "openssl", below = "3.2" }
  unit.assert_equals(#old, 1)
  unit.assert_equals(old[1].node, "app10-checkout-4")
  unit.assert_equals(old[1].version, "3.0.8")
  unit.assert_equals(inventory.applications { name = "nothing" }, {})
end

function tests.test_selects_applications_by_prefix()
  for _, row in ipairs(inventory.applications { begins = "lib" }) do
    unit.assert_equals(row.name, "libssl3t64")
  end
end

function tests.test_counts_versions()
  local counts = inventory.versions { name = "openssl" }
  unit.assert_equals(counts[1].version, "3.0.8")
  unit.assert_equals(counts[1].nodes, 1)
  unit.assert_equals(counts[1].examples, { "app10-checkout-4" })
  unit.assert_equals(#counts[2].examples, 3)
end

-- Applications as two machines of different platforms report them.
local function report_applications(apps)
  unit.answer("ssm.describe_instance_information", {
    instance_information_list = {
      { instance_id = "i-deb", platform_type = "Linux", platform_name = "Ubuntu" },
      { instance_id = "i-rpm", platform_type = "Linux", platform_name = "Amazon Linux" },
    },
  })
  local entities = {}
  for at, app in ipairs(apps) do
    local data = { type_name = "AWS:Application", schema_version = "1.1", content = { app } }
    entities[at] = { id = app.id, data = { ["AWS:Application"] = data } }
  end
  unit.answer("ssm.get_inventory", { entities = entities })
end

local function machines_below(version)
  local ids = {}
  for at, row in ipairs(inventory.applications { name = "tool", below = version }) do ids[at] = row.instance_id end
  return ids
end

function tests.test_letters_after_a_version_are_newer()
  report_applications {
    { id = "i-rpm", Name = "tool", Version = "1.1.1k" },
    { id = "i-deb", Name = "tool", Version = "9.6p1" },
  }
  unit.assert_equals(machines_below "1.1.1", {})
  unit.assert_equals(machines_below "1.1.1n", { "i-rpm" })
  unit.assert_equals(machines_below "9.6", { "i-rpm" })
end

function tests.test_versions_have_epoch_and_release()
  report_applications {
    { id = "i-rpm", Name = "tool", Version = "3.0.8", Release = "1.amzn2023.0.3", Epoch = "1" },
    { id = "i-deb", Name = "tool", Version = "1:9.6p1-3ubuntu13.5" },
  }
  -- A wanted version without an epoch is compared without the epochs.
  unit.assert_equals(machines_below "3.0.8", {})
  unit.assert_equals(machines_below "3.0.8-1.amzn2023.0.12", { "i-rpm" })
  unit.assert_equals(machines_below "9.6p1-3ubuntu13.12", { "i-deb", "i-rpm" })
  unit.assert_equals(machines_below "1:3.0.9", { "i-rpm" })
end

function tests.test_stopped_and_terminated_machines_do_not_count()
  local function count()
    local total = 0
    for _, row in ipairs(inventory.count "AWS:InstanceInformation.InstanceStatus") do total = total + row.count end
    return total
  end
  local app = inventory.applications({ name = "openssl" })[1]
  local before = count()
  ec2.stop_instances { instance_ids = { app.instance_id } }
  unit.advance "10m"
  for _, row in ipairs(inventory.applications { name = "openssl" }) do
    unit.assert_not_equals(row.instance_id, app.instance_id)
  end
  unit.assert_equals(count(), before - 1)
  local all = {}
  for _, row in ipairs(inventory.applications { name = "openssl", all = true }) do all[row.instance_id] = true end
  unit.assert_true(all[app.instance_id])
end

function tests.test_counts_values_through_aws()
  local counts = {}
  for _, row in ipairs(inventory.count "AWS:InstanceInformation.PlatformType") do counts[row.value] = row.count end
  unit.assert_equals(counts, { Linux = 14, Windows = 1 })
end

function tests.test_returns_custom_types_in_snake_case()
  local rows = inventory.entries "Custom:Ownership"
  unit.assert_equals(#rows, 3)
  unit.assert_equals(rows[1].cost_centre, "4711")
  unit.assert_equals(rows[1].node, "app20-web-1")
end

function tests.test_finds_machines_without_inventory()
  local silent = inventory.missing()
  unit.assert_equals(#silent, 1)
  unit.assert_equals(silent[1].name, "bastion-fra")
end

return tests
