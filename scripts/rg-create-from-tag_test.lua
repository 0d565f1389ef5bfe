---@diagnostic disable: need-check-nil

local groups = require "groups"
local unit = require "unit"

local tests = {}

function tests.test_a_group_is_named_after_the_value_and_made_once()
  local args = { tags = { "App=App20" }, group_tags = { "Owner=team-web" }, regions = { "eu-central-1", "us-east-1" } }
  local ran = unit.run("rg-create-from-tag", args)
  unit.assert_equals(ran.code, 0)
  unit.assert_equals({ ran.rows[1].name, ran.rows[1].status, ran.rows[1].members }, { "App20-RG", "created", 8 })
  unit.assert_equals(unit.run("rg-create-from-tag", args).rows[2].status, "there")
end

function tests.test_a_group_of_groups()
  local ran = unit.run("rg-create-from-tag", { tags = { "Tier=backend" }, name = "all-of-it", nested = true })
  unit.assert_equals(ran.rows[1].members, 2)
  unit.assert_equals(#groups.instances "all-of-it", 5)
end

function tests.test_what_a_group_cannot_ask_for()
  local ran = unit.run("rg-create-from-tag", { tags = { "!Owner" }, name = "without" })
  unit.assert_equals(ran.code, 1)
  unit.assert_str_contains(ran.stderr, "lacks a tag")
end

function tests.test_a_plan_makes_none()
  local ran = unit.run("rg-create-from-tag", { tags = { "App=App20" } }, { plan = true })
  unit.assert_equals(ran.rows[1].status, "planned")
  unit.assert_equals(#rg.list_groups().groups, 4)
end

return tests
