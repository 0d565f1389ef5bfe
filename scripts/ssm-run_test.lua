---@diagnostic disable: need-check-nil

local unit = require "unit"

local tests = {}

local function statuses(ran)
  local found = {}
  for _, row in ipairs(ran.rows) do found[row.name] = row.status end
  return found
end

function tests.test_selects_by_tags_in_all_regions()
  local regions = { "eu-central-1", "eu-west-1" }
  local ran = unit.run("ssm-run", { command = "hostname", tags = { "App=App20" }, regions = regions })
  unit.assert_equals(ran.code, 0)
  unit.assert_equals(#ran.rows, 5)
  unit.assert_str_contains(ran.stdout, "5 machines: 5 ok")
end

function tests.test_unreached_machine_makes_the_run_incomplete()
  local ran = unit.run("ssm-run", { command = "uptime", tags = { "App=App10" } })
  unit.assert_equals(ran.code, 3)
  unit.assert_equals(statuses(ran), {
    ["app10-checkout-1"] = "ok",
    ["app10-checkout-2"] = "ok",
    ["app10-checkout-3"] = "unreached",
    ["app10-checkout-4"] = "failed",
  })
end

function tests.test_missing_selection_is_an_error()
  local choices = {
    { command = "reboot" },
    { command = "reboot", tags = {} },
    { command = "reboot", ids = {} },
  }
  for _, args in ipairs(choices) do
    local ran = unit.run("ssm-run", args)
    unit.assert_equals(ran.code, 1)
    unit.assert_str_contains(ran.stderr, "nothing was run")
  end
  unit.assert_equals(#ssm.list_commands().commands, 0)
end

function tests.test_two_selections_are_an_error()
  local ran = unit.run("ssm-run", { command = "uptime", tags = { "App=App20" }, group = "App30-RG" })
  unit.assert_str_contains(ran.stderr, "tags, group exclude each other")
end

function tests.test_all_selects_online_machines()
  local ran = unit.run("ssm-run", { command = "hostname", all = true })
  unit.assert_nil(statuses(ran)["app10-checkout-3"], "it is offline")
  unit.assert_equals(statuses(ran)["app50-report-1"], "ok", "PowerShell on Windows")
end

function tests.test_selects_by_group_and_ids()
  unit.assert_equals(#unit.run("ssm-run", { command = "hostname", group = "App30-RG" }).rows, 3)
  local ran = unit.run("ssm-run", { command = "hostname", ids = { "mi-0c4e8d1f2a3b45678" } })
  unit.assert_equals(statuses(ran), { ["datacentre-backup-1"] = "ok" })
end

function tests.test_unexpected_number_runs_nothing()
  local args = { command = "hostname", tags = { "App=App20" }, expect = 4 }
  unit.assert_str_contains(unit.run("ssm-run", args).stderr, "expected 4 machines, found 3")
  unit.assert_equals(#ssm.list_commands().commands, 0)
  args.expect = 3
  unit.assert_equals(unit.run("ssm-run", args).code, 0)
end

function tests.test_plan_runs_nothing()
  local ran = unit.run("ssm-run", { command = "hostname", tags = { "App=App20" } }, { plan = true })
  unit.assert_equals(statuses(ran)["app20-web-1"], "planned")
  unit.assert_equals(#ssm.list_commands().commands, 0)
end

function tests.test_an_id_is_sent_to_its_own_region_only()
  local node = fleet.instances({ name = "app20-web-1" })[1]
  local args = { ids = { node.instance_id }, command = "uptime", regions = { "eu-central-1", "us-east-1" } }
  local ran = unit.run("ssm-run", args)
  unit.assert_equals({ ran.code, #ran.rows, ran.rows[1].region }, { 0, 1, "eu-central-1" })
end

function tests.test_an_id_of_no_region_is_an_error_before_the_command()
  local args = { ids = { "i-0123456789abcdef0" }, command = "uptime", regions = { "eu-central-1", "us-east-1" } }
  local ran = unit.run("ssm-run", args)
  unit.assert_equals(ran.code, 1)
  unit.assert_str_contains(ran.stderr, "i-0123456789abcdef0 is not in eu-central-1, us-east-1")
end

return tests
