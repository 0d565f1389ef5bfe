local unit = require "unit"

local tests = {}

local function statuses(ran)
  local found = {}
  for _, row in ipairs(ran.rows) do found[row.status] = (found[row.status] or 0) + 1 end
  return found
end

function tests.test_what_lacks_the_tag_gets_it()
  local args = { set = { "Owner=team-platform" }, tags = { "!Owner" }, kinds = { "instance" } }
  local ran = unit.run("ec2-apply-tags", args)
  unit.assert_equals(ran.code, 0)
  unit.assert_equals(statuses(ran), { tagged = 1 })
  unit.assert_equals(#fleet.instances { tags = { Owner = false } }, 0)
end

function tests.test_nothing_chosen_is_not_everything()
  for _, args in ipairs { { set = { "A=b" } }, { set = { "A=b" }, ids = {} }, { set = { "A=b" }, tags = {} } } do
    local ran = unit.run("ec2-apply-tags", args)
    unit.assert_equals(ran.code, 1)
    unit.assert_str_contains(ran.stderr, "nothing was tagged: say which")
  end
end

function tests.test_other_values_are_kept_unless_it_is_said_otherwise()
  local args = { set = { "Env=dev" }, tags = { "Name=app20-web-1" }, kinds = { "instance" } }
  unit.assert_equals(statuses(unit.run("ec2-apply-tags", args)), { kept = 1 })
  unit.assert_equals(#fleet.instances { name = "app20-web-1", tags = { Env = "prod" } }, 1)
  args.overwrite = true
  unit.assert_equals(statuses(unit.run("ec2-apply-tags", args)), { tagged = 1 })
  unit.assert_equals(#fleet.instances { name = "app20-web-1", tags = { Env = "dev" } }, 1)
end

function tests.test_an_id_that_is_not_there_is_a_row_and_code_3()
  local ran = unit.run("ec2-apply-tags", { set = { "A=b" }, ids = { "i-0123456789abcdef0" }, kinds = { "instance" } })
  unit.assert_equals(ran.code, 3)
  unit.assert_equals(statuses(ran), { failed = 1 })
end

function tests.test_what_is_in_several_regions_is_tagged_in_each()
  local args = { set = { "Checked=yes" }, tags = { "App=App40" }, kinds = { "instance" } }
  args.regions = { "eu-central-1", "us-east-1" }
  local ran, regions = unit.run("ec2-apply-tags", args), {}
  for _, row in ipairs(ran.rows) do regions[row.region] = (regions[row.region] or 0) + 1 end
  unit.assert_equals(regions, { ["eu-central-1"] = 2, ["us-east-1"] = 3 })
end

function tests.test_a_region_that_fails_keeps_all_from_being_tagged()
  local args = { set = { "Checked=yes" }, tags = { "App=App20" }, kinds = { "instance" } }
  args.regions = { "eu-central-1", "mars-north-1" }
  unit.assert_equals(unit.run("ec2-apply-tags", args).code, 1)
  unit.assert_equals(#fleet.instances { tags = { Checked = true } }, 0)
end

function tests.test_a_plan_changes_nothing()
  local args = { set = { "Checked=yes" }, tags = { "App=App20" }, kinds = { "instance" } }
  unit.assert_equals(statuses(unit.run("ec2-apply-tags", args, { plan = true })), { planned = 4 })
  unit.assert_equals(#fleet.instances { tags = { Checked = true } }, 0)
end

return tests
