local tags = require "tags"
local unit = require "unit"

local tests = {}

local function ids(resources)
  local list = {}
  for at, resource in ipairs(resources) do list[at] = resource.resource_id end
  return list
end

---@return any
local function an_instance(name)
  return fleet.instances({ name = name })[1]
end

---@return any
local function first(list)
  return list[1]
end

function tests.test_matches_tags_as_filters_do()
  local have = { App = "App20", Owner = "", ["a.b"] = "x*y" }
  unit.assert_true(tags.matches(have, { App = "App20" }))
  unit.assert_true(tags.matches(have, { App = { "App10", "App2?" } }))
  unit.assert_true(tags.matches(have, { App = "*20", Owner = true, Env = false }))
  unit.assert_true(tags.matches(have, { ["a.b"] = "x\\*y" }))
  unit.assert_true(tags.matches(have))
  unit.assert_false(tags.matches(have, { App = "app20" }))
  unit.assert_false(tags.matches(have, { App = "App2" }))
  unit.assert_false(tags.matches(have, { Owner = false }))
  unit.assert_false(tags.matches(have, { Env = true }))
  unit.assert_false(tags.matches({ App = "A.B" }, { App = "A?C" }))
end

function tests.test_parses_tags_to_select()
  unit.assert_equals(tags.parse { "App=App20", "App=App10", "Owner", "!Env", "x=a=b" }, {
    App = { "App20", "App10" },
    Owner = true,
    Env = false,
    x = { "a=b" },
  })
  unit.assert_nil(tags.parse(nil))
  unit.assert_error_contains("'=x' is not a tag", tags.parse, { "=x" })
end

function tests.test_tags_to_set_need_a_value()
  unit.assert_equals(tags.assignments { "Owner=me", "Note=" }, { Owner = "me", Note = "" })
  unit.assert_error_contains("'Owner' is not a tag; use KEY=VALUE", tags.assignments, { "Owner" })
  unit.assert_error_contains("set twice", tags.assignments, { "A=1", "A=2" })
  unit.assert_error_contains("no tags to set", tags.assignments, {})
end

function tests.test_finds_resources_that_never_had_tags()
  local found = tags.resources { kinds = "instance", tags = { Owner = false, Name = false } }
  unit.assert_equals(#found, 1)
  unit.assert_equals(first(found).tags, {})
  unit.assert_equals(first(found).resource_type, "instance")
end

function tests.test_lists_several_kinds_filtered_by_the_service()
  local found = tags.resources { kinds = { "instance", "volume" }, tags = { Name = "app20-web-*" } }
  local kinds = {}
  for _, resource in ipairs(found) do kinds[resource.resource_type] = (kinds[resource.resource_type] or 0) + 1 end
  unit.assert_equals(kinds, { instance = 3, volume = 3 })
end

function tests.test_unknown_kind_is_an_error()
  unit.assert_error_contains("unknown resource kind 'instances'", tags.resources, { kinds = "instances" })
end

function tests.test_roles_and_groups_are_kinds()
  local regional, global = tags.by_scope { "iam-role", "resource-group", "volume" }
  unit.assert_equals(regional, { "resource-group", "volume" })
  unit.assert_equals(global, { "iam-role" })
  local groups = tags.resources { kinds = "resource-group", tags = { Owner = "team-billing" } }
  unit.assert_equals(first(groups).name, "App30-RG")
end

function tests.test_audit_has_a_finding_for_each_violation()
  local policy = { Owner = true, Env = { "prod", "staging", "dev" } }
  local chosen = { Name = { "bastion-fra", "app20-web-1" } }
  local findings = tags.audit { policy = policy, kinds = "instance", tags = chosen }
  unit.assert_equals(#findings, 1)
  local finding = first(findings)
  unit.assert_equals(finding.finding, "missing-tag")
  unit.assert_equals(finding.name, "bastion-fra")
  unit.assert_equals(finding.key, "Env")
  local bare = tags.audit { policy = policy, kinds = "instance", tags = { Name = false } }
  unit.assert_equals(first(bare).finding, "untagged")
  unit.assert_str_contains(first(bare).detail, "Env, Owner")
end

function tests.test_denied_kind_is_a_finding()
  unit.fail("ec2.describe_volumes", { code = "UnauthorizedOperation", times = 1 })
  local findings = tags.audit { policy = { Owner = true }, kinds = { "instance", "volume" } }
  ---@type any
  local last = findings[#findings]
  unit.assert_equals(last.finding, "not-visible")
  unit.assert_equals(last.resource_type, "volume")
  unit.assert_equals(last.severity, "medium")
  unit.assert_str_contains(last.detail, "UnauthorizedOperation")
  unit.assert_true(#findings > 1)
end

function tests.test_missing_resource_does_not_stop_the_others()
  local one, other = an_instance("app20-web-1"), an_instance("app20-web-2")
  ---@type any
  local applied = tags.apply({ one.instance_id, "i-0123456789abcdef0", other.instance_id }, { Checked = "yes" })
  local statuses = {}
  for at, row in ipairs(applied) do statuses[at] = row.status end
  unit.assert_equals(statuses, { "tagged", "failed", "tagged" })
  unit.assert_str_contains(applied[2].detail, "does not exist")
  unit.assert_equals(#tags.resources { kinds = "instance", tags = { Checked = "yes" } }, 2)
end

function tests.test_keep_option_keeps_existing_values()
  local found = tags.resources { kinds = "instance", tags = { Name = { "app20-web-1", "bastion-fra" } } }
  ---@type any
  local applied = tags.apply(found, { Env = "dev", Checked = "yes" }, { keep = true })
  unit.assert_equals(applied[1].tags_set, "Checked=yes")
  unit.assert_equals(applied[1].detail, "Existing values are kept: Env=prod.")
  unit.assert_equals(applied[2].tags_set, "Checked=yes, Env=dev")
  unit.assert_equals(an_instance("app20-web-1").tags.Env, "prod")
  local checked = tags.resources { kinds = "instance", tags = { Checked = true } }
  local again = tags.apply(checked, { Checked = "no" }, { keep = true })
  unit.assert_equals(first(again).status, "kept")
  unit.assert_error_contains("requires rows", tags.apply, { "i-0123456789abcdef0" }, { A = "b" }, { keep = true })
end

function tests.test_protected_resource_does_not_stop_the_others()
  local one, other = an_instance("app20-web-1"), an_instance("app20-web-2")
  ec2.create_tags { resources = { one.instance_id }, tags = { ["moonfleet:protect"] = "yes" } }
  ---@type any
  local applied = tags.apply({ one.instance_id, other.instance_id }, { Checked = "yes" })
  unit.assert_equals(applied[1].status, "protected")
  unit.assert_equals(applied[2].status, "tagged")
end

function tests.test_other_services_tag_their_own_resources()
  local found = tags.resources { kinds = "resource-group" }
  ---@type any
  local applied = tags.apply(found, { Checked = "yes" })
  unit.assert_equals(applied[1].status, "tagged")
  unit.assert_equals(ids(tags.resources { kinds = "resource-group", tags = { Checked = "yes" } }), ids(found))
end

return tests
