-- Run it with `moonfleet test`. Each test has its own account in the sandbox.

local unit = require "unit"

local tests = {}

function tests.test_example_shows_applications()
  local ran = unit.run("ec2-count-instances", { regions = "all" })
  unit.assert_equals(ran.code, 0)
  unit.assert_str_contains(ran.stdout, "App20")
end

function tests.test_counts_instances_by_another_tag()
  local before = unit.run("ec2-count-instances", { tag = "Owner" })
  local first = ec2.describe_instances.all({ filters = { ["instance-state-name"] = "running" } })[1]
  ec2.create_tags { resources = { assert(first).instance_id }, tags = { Owner = "other-team" } }
  local after = unit.run("ec2-count-instances", { tag = "Owner" })
  unit.assert_not_equals(after.rows, before.rows)
  unit.assert_str_contains(after.stdout, "other-team")
end

function tests.test_failing_region_makes_the_result_incomplete()
  unit.fail("ec2.describe_instances", { code = "UnauthorizedOperation" })
  local ran = unit.run("ec2-count-instances", { regions = "eu-central-1,eu-west-1" })
  unit.assert_equals(ran.code, 3)
  unit.assert_str_contains(ran.stderr, "UnauthorizedOperation")
end

function tests.test_rejects_unknown_arguments()
  unit.assert_equals(unit.run("ec2-count-instances", { tga = "App" }).code, 2)
end

return tests
