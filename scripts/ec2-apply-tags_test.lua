local unit = require "unit"

local tests = {}

local function statuses(ran)
  local found = {}
  for _, row in ipairs(ran.rows) do found[row.status] = (found[row.status] or 0) + 1 end
  return found
end

function tests.test_tags_resources_without_the_tag()
  local args = { set = { "Owner=team-platform" }, tags = { "!Owner" }, kinds = { "instance" } }
  local ran = unit.run("ec2-apply-tags", args)
  unit.assert_equals(ran.code, 0)
  unit.assert_equals(statuses(ran), { tagged = 1 })
  unit.assert_equals(#fleet.instances { tags = { Owner = false } }, 0)
end

function tests.test_missing_selection_is_an_error()
  for _, args in ipairs { { set = { "A=b" } }, { set = { "A=b" }, ids = {} }, { set = { "A=b" }, tags = {} } } do
    local ran = unit.run("ec2-apply-tags", args)
    unit.assert_equals(ran.code, 1)
    unit.assert_str_contains(ran.stderr, "nothing was tagged: select resources")
  end
end

function tests.test_existing_values_need_overwrite()
  local args = { set = { "Env=dev" }, tags = { "Name=app20-web-1" }, kinds = { "instance" } }
  unit.assert_equals(statuses(unit.run("ec2-apply-tags", args)), { kept = 1 })
  unit.assert_equals(#fleet.instances { name = "app20-web-1", tags = { Env = "prod" } }, 1)
  args.overwrite = true
  unit.assert_equals(statuses(unit.run("ec2-apply-tags", args)), { tagged = 1 })
  unit.assert_equals(#fleet.instances { name = "app20-web-1", tags = { Env = "dev" } }, 1)
end

function tests.test_missing_id_is_a_row_and_exits_with_3()
  local ran = unit.run("ec2-apply-tags", { set = { "A=b" }, ids = { "i-0123456789abcdef0" }, kinds = { "instance" } })
  unit.assert_equals(ran.code, 3)
  unit.assert_equals(statuses(ran), { failed = 1 })
end

function tests.test_an_id_of_a_rare_kind_needs_no_kinds()
  local interface = assert(ec2.describe_network_interfaces.all()[1]).network_interface_id
  local ran = unit.run("ec2-apply-tags", { set = { "A=b" }, ids = { interface } })
  unit.assert_equals(ran.code, 0)
  unit.assert_equals(statuses(ran), { tagged = 1 })
  ran = unit.run("ec2-apply-tags", { set = { "A=b" }, ids = { "app20-web-1" } })
  unit.assert_str_contains(ran.stderr, "the kind of 'app20-web-1' is unknown; name it with kinds")
end

function tests.test_all_kinds_can_be_tagged()
  local ran = unit.run("ec2-apply-tags", { set = { "Seen=yes" }, tags = { "!Seen" }, kinds = { "all" } })
  unit.assert_equals(ran.code, 0)
  unit.assert_true(statuses(ran).tagged > 50)
end

function tests.test_tags_resources_in_several_regions()
  local args = { set = { "Checked=yes" }, tags = { "App=App40" }, kinds = { "instance" } }
  args.regions = { "eu-central-1", "us-east-1" }
  local ran, regions = unit.run("ec2-apply-tags", args), {}
  for _, row in ipairs(ran.rows) do regions[row.region] = (regions[row.region] or 0) + 1 end
  unit.assert_equals(regions, { ["eu-central-1"] = 2, ["us-east-1"] = 3 })
end

function tests.test_failed_region_prevents_all_changes()
  local args = { set = { "Checked=yes" }, tags = { "App=App20" }, kinds = { "instance" } }
  args.regions = { "eu-central-1", "mars-north-1" }
  unit.assert_equals(unit.run("ec2-apply-tags", args).code, 1)
  unit.assert_equals(#fleet.instances { tags = { Checked = true } }, 0)
end

function tests.test_plan_changes_nothing()
  local args = { set = { "Checked=yes" }, tags = { "App=App20" }, kinds = { "instance" } }
  unit.assert_equals(statuses(unit.run("ec2-apply-tags", args, { plan = true })), { planned = 4 })
  unit.assert_equals(#fleet.instances { tags = { Checked = true } }, 0)
end

return tests
