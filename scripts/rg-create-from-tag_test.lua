---@diagnostic disable: need-check-nil

local groups = require "groups"
local unit = require "unit"

local tests = {}

function tests.test_creates_a_group_named_after_the_value_once()
  local args = { tags = { "App=App20" }, group_tags = { "Owner=team-web" }, regions = { "eu-central-1", "us-east-1" } }
  local ran = unit.run("rg-create-from-tag", args)
  unit.assert_equals(ran.code, 0)
  unit.assert_equals({ ran.rows[1].name, ran.rows[1].status, ran.rows[1].members }, { "App20-RG", "created", 8 })
  unit.assert_equals(unit.run("rg-create-from-tag", args).rows[2].status, "there")
end

function tests.test_creates_a_group_of_groups()
  local ran = unit.run("rg-create-from-tag", { tags = { "Tier=backend" }, name = "all-of-it", nested = true })
  unit.assert_equals(ran.rows[1].members, 2)
  unit.assert_equals(#groups.instances "all-of-it", 5)
end

function tests.test_absent_tags_are_an_error()
  local ran = unit.run("rg-create-from-tag", { tags = { "!Owner" }, name = "without" })
  unit.assert_equals(ran.code, 1)
  unit.assert_str_contains(ran.stderr, "without a tag (!Owner)")
end

function tests.test_plan_creates_nothing()
  local ran = unit.run("rg-create-from-tag", { tags = { "App=App20" } }, { plan = true })
  unit.assert_equals(ran.rows[1].status, "planned")
  unit.assert_equals(#rg.list_groups().groups, 4)
end

return tests
