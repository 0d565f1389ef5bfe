---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local params = require "params"
local unit = require "unit"

local tests = {}

function tests.test_get_splits_names_into_calls()
  local names = {}
  for number = 1, 13 do
    names[number] = "/test/" .. number
    params.put(names[number], tostring(number))
  end
  local values = params.get(names)
  unit.assert_equals(values["/test/13"], "13")
  unit.assert_error_contains("/missing, /absent", params.get, { "/test/1", "/missing", "/absent" })
end

function tests.test_get_accepts_versions_and_labels()
  local values = params.get { "/app20/prod/log-level", "/app20/prod/log-level:1", "/app20/prod/log-level:calm" }
  unit.assert_equals(values["/app20/prod/log-level"], "info")
  unit.assert_equals(values["/app20/prod/log-level:1"], "warn")
  unit.assert_equals(values["/app20/prod/log-level:calm"], "warn")
end

function tests.test_tree_returns_nested_tables_with_secrets()
  local tree = params.tree "/app20"
  unit.assert_equals(tree.prod["log-level"], "info")
  unit.assert_equals(tree.prod.feature["new-cart"], "true")
  unit.assert_equals(tostring(tree.prod["db-password"]), "<secret>")
  unit.assert_error_contains("must begin with a slash", params.tree, "app20")
end

function tests.test_tree_keeps_the_value_of_a_folder()
  params.put("/both", "own")
  params.put("/both/x", "below")
  unit.assert_equals(params.tree("/").both, { [""] = "own", x = "below" })
end

function tests.test_lists_parameters_with_tags_without_values()
  local list = params.list { path = "/app10" }
  unit.assert_equals(#list, 3)
  unit.assert_equals(list[1].name, "/app10/prod/allowed-cidrs")
  unit.assert_equals(list[1].tags, { Owner = "team-payments" })
  unit.assert_equals(list[1].age // time.days(1), 300)
  unit.assert_nil(list[1].value)
end

function tests.test_put_needs_overwrite_for_existing_parameters()
  unit.assert_error_contains("already exists", params.put, "/platform/region", "mars")
  unit.assert_equals(params.put("/platform/region", "mars", { overwrite = true }).version, 2)
  unit.assert_equals(params.history("/platform/region")[1].value, "mars")
end

function tests.test_put_with_overwrite_creates_a_parameter_that_is_missing()
  unit.assert_equals(params.put("/app20/new", "a", { overwrite = true }).version, 1)
  unit.assert_equals(params.put("/app20/prod/db-password", "b", { overwrite = true }).version, 2)
  unit.assert_equals(ssm.get_parameter({ name = "/app20/prod/db-password" }).parameter.type, "SecureString")
end

function tests.test_copy_keeps_types_and_existing_parameters()
  params.put("/app20/test/log-level", "debug")
  local status = {}
  for _, row in ipairs(params.copy("/app20/prod", "/app20/test")) do status[row.to] = row.status end
  unit.assert_equals(status, {
    ["/app20/test/db-password"] = "copied",
    ["/app20/test/feature/new-cart"] = "copied",
    ["/app20/test/log-level"] = "there",
  })
  unit.assert_equals(params.list({ path = "/app20/test", type = "SecureString" })[1].name, "/app20/test/db-password")
  local again = params.copy("/app20/prod", "/app20/test", { overwrite = true })
  unit.assert_equals(again[1].status, "same")
  unit.assert_equals(again[3].status, "copied")
end

function tests.test_copy_keeps_everything_about_a_parameter()
  params.put("/from/a", "value", {
    description = "of a test",
    tier = "Advanced",
    tags = { Owner = "team-web" },
  })
  params.put("/from/b", "hidden", { type = "SecureString", key_id = "alias/own" })
  params.copy("/from", "/to")
  local copies = params.list { path = "/to" }
  unit.assert_equals(copies[1].description, "of a test")
  unit.assert_equals(copies[1].tier, "Advanced")
  unit.assert_equals(copies[1].tags, { Owner = "team-web" })
  unit.assert_equals(copies[2].key_id, "alias/own")
  -- A replaced copy gets the tags too, which PutParameter does not accept for an existing parameter.
  params.put("/from/a", "new", { overwrite = true })
  ssm.add_tags_to_resource { resource_type = "Parameter", resource_id = "/from/a", tags = { Owner = "team-search" } }
  params.copy("/from", "/to", { overwrite = true })
  unit.assert_equals(params.list({ path = "/to" })[1].tags, { Owner = "team-search" })
end

function tests.test_diff_does_not_reveal_secrets()
  params.copy("/app20/prod", "/app20/test")
  unit.assert_equals(params.diff("/app20/prod", "/app20/test"), {})
  params.put("/app20/test/db-password", "another", { overwrite = true })
  params.put("/app20/test/new", "x")
  ssm.delete_parameter { name = "/app20/test/log-level" }
  local changes = params.diff("/app20/prod", "/app20/test")
  local lines = {}
  for at, change in ipairs(changes) do lines[at] = change.name .. " " .. change.change end
  unit.assert_equals(lines, { "db-password changed", "log-level gone", "new added" })
  unit.assert_equals(tostring(changes[1].right), "<secret>")
end

function tests.test_audit_reveals_no_value()
  local kinds = {}
  for _, finding in ipairs(params.audit()) do
    kinds[finding.finding .. " " .. finding.name] = finding.severity
    unit.assert_false((json.encode(finding)):find("Winter2024", 1, true) ~= nil)
  end
  unit.assert_equals(kinds["plain-secret /app10/prod/smtp-password"], "high")
  unit.assert_equals(kinds["plain-secret /app30/staging/webhook"], "high")
  unit.assert_equals(kinds["old-secret /app10/prod/smtp-password"], "medium")
  unit.assert_equals(kinds["untagged-parameter legacy-endpoint"], "low")
  unit.assert_equals(kinds["never-changed legacy-endpoint"], "info")
  unit.assert_equals(kinds["advanced-tier-unused /app40/prod/index-settings"], "low")
  unit.assert_nil(kinds["advanced-tier-unused /app30/prod/session-key"], "it has a policy")
  unit.assert_nil(kinds["plain-secret /app20/prod/db-password"], "it is secure")
end

function tests.test_audit_knows_real_keys_and_ordinary_values()
  local function is_found(name, value)
    params.put(name, value, { type = "String" })
    for _, finding in ipairs(params.audit { path = "/audit" }) do
      if finding.name == name and finding.finding == "plain-secret" then return true end
    end
    return false
  end
  -- The access key is put together here, so that no scanner takes this file for a leak.
  unit.assert_true(is_found("/audit/a", "AKIA" .. "Z2Q7MNRT5VXYLKJ3"))
  unit.assert_true(is_found("/audit/b", "github_pat_" .. ("a1B_"):rep(20) .. "xy"))
  unit.assert_false(is_found("/audit/commit", "da39a3ee5e6b4b0d3255bfef95601890afd80709"))
  unit.assert_false(is_found("/audit/max-tokens", "4096"))
end

return tests
