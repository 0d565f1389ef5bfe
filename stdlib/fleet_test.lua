local unit = require "unit"

local tests = {}

local function names(list)
  local found = {}
  for at, row in ipairs(list) do found[at] = row.name end
  return found
end

---@return any
local function only(list)
  unit.assert_equals(#list, 1)
  return list[1]
end

function tests.test_returns_flat_records()
  local row = only(fleet.instances { name = "app20-web-1" })
  unit.assert_equals(row.type, "m6i.large")
  unit.assert_equals(row.state, "running")
  unit.assert_equals(row.age // time.days(1), 41)
  unit.assert_equals(row.zone, "eu-central-1a")
  unit.assert_equals(row.platform, "linux")
  unit.assert_equals(row.lifecycle, "on-demand")
  unit.assert_equals(row.profile, "moonfleet-instance")
  unit.assert_equals(row.tags.App, "App20")
  unit.assert_nil(row.public_ip)
end

function tests.test_selects_instances_by_each_option()
  local web = { "app20-web-1", "app20-web-2", "app20-web-3" }
  unit.assert_equals(names(fleet.instances { tags = { App = "App20" }, state = "running" }), web)
  unit.assert_equals(names(fleet.instances { name = "app20-web-?" }), web)
  unit.assert_equals(names(fleet.instances { type = { "m6i.large" }, name = "app*" }), web)
  unit.assert_equals(names(fleet.instances { state = "stopped", tags = { App = "App20" } }), { "app20-batch-1" })
  local reports = { "app50-report-1", "app50-report-2" }
  unit.assert_equals(names(fleet.instances { tags = { App = "App50" }, platform = "windows" }), reports)
  unit.assert_equals(#fleet.instances { tags = { App = "App50" }, platform = "linux" }, 0)
  unit.assert_equals(names(fleet.instances { name = "app10-*", min_age = "600d" }), { "app10-ledger-1" })
  unit.assert_equals(names(fleet.instances { name = "app10-*", max_age = "20d" }), { "app10-checkout-4" })
  unit.assert_equals(names(fleet.instances { name = "app20-*", zone = "eu-central-1b" }), { "app20-web-2" })
  unit.assert_equals(only(fleet.instances { name = "bastion-*", public_ip = true }).name, "bastion-fra")
  unit.assert_equals(#fleet.instances { name = "app20-*", profile = "moonfleet-instance" }, 4)
  unit.assert_equals(#fleet.instances { name = "app20-*", profile = "no-such-profile" }, 0)
end

function tests.test_name_as_option_and_as_tag_is_an_error()
  local twice = { name = "app20-web-1", tags = { Name = "app20-*" } }
  unit.assert_error_contains("the tag Name is selected twice", fleet.instances, twice)
end

function tests.test_selects_instances_without_a_tag()
  for _, row in ipairs(fleet.instances { tags = { App = false } }) do unit.assert_nil(row.tags.App) end
  unit.assert_true(#fleet.instances { tags = { App = false } } >= 3)
end

function tests.test_ids_of_other_regions_are_skipped()
  local row = only(fleet.instances { name = "app20-web-1" })
  unit.assert_equals(#fleet.instances { ids = { row.instance_id, "i-0123456789abcdef0" } }, 1)
  unit.assert_error_contains("which is not all of them", fleet.instances, { ids = {} })
end

function tests.test_state_any_includes_terminated_instances()
  local before = aws.use(aws.session { region = "us-east-1" })
  local gone = fleet.instances { name = "app40-search-6", state = "any" }
  local there = fleet.instances { name = "app40-search-6" }
  aws.use(before)
  unit.assert_equals(only(gone).state, "terminated")
  unit.assert_equals(#there, 0)
end

function tests.test_unknown_option_is_an_error()
  unit.assert_error_contains("unknown option 'tag'", fleet.instances, { tag = { App = "App20" } })
  unit.assert_error_contains("must be one of linux, windows", fleet.instances, { platform = "Windows" })
  unit.assert_error_contains("option 'min_age': expected duration", fleet.instances, { min_age = "old" })
end

function tests.test_records_are_targets_of_runs()
  local plan = fleet.plan(fleet.instances { tags = { App = "App20" }, state = "running" })
  unit.assert_equals(names(plan), { "app20-web-1", "app20-web-2", "app20-web-3" })
end

function tests.test_imdsv1_severity_depends_on_credentials_and_address()
  for _, finding in ipairs(fleet.imdsv1()) do
    local profile, public_ip = finding.profile, finding.public_ip
    local expected = not profile and "low" or public_ip and "high" or "medium"
    unit.assert_equals(finding.severity, expected)
    unit.assert_equals(finding.http_tokens, "optional")
  end
end

function tests.test_counts_instance_types_with_cpus_and_memory()
  local by_type = {}
  for _, row in ipairs(fleet.types { name = "app20-*" }) do by_type[row.type] = row end
  unit.assert_equals(by_type["m6i.large"].count, 3)
  unit.assert_equals(by_type["m6i.large"].total_vcpus, 6)
  unit.assert_equals(by_type["m6i.large"].total_memory_gib, 24.0)
  unit.assert_equals(by_type["c6i.large"].running, 0)
end

return tests
