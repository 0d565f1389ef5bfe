---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local groups = require "groups"
local unit = require "unit"

local tests = {}

local function by_name()
  local found = {}
  for _, group in ipairs(groups.list()) do found[group.name] = group end
  return found
end

function tests.test_lists_groups_with_their_sources()
  local all = by_name()
  unit.assert_equals(all["App30-RG"].kind, "tags")
  unit.assert_equals(all["App30-RG"].tags.Owner, "team-billing")
  unit.assert_equals(all["search-stack"].kind, "stack")
  unit.assert_equals(all.backend.resource_types, { "AWS::ResourceGroups::Group" })
end

function tests.test_ensure_creates_a_group_once()
  local made = groups.ensure("App20-RG", { tags = { App = "App20" }, group_tags = { Tier = "frontend" } })
  unit.assert_equals(made.status, "created")
  local again = groups.ensure("App20-RG", { tags = { App = "App20" } })
  unit.assert_equals(again, { name = "App20-RG", group_arn = made.group_arn, status = "there" })
  unit.assert_equals(#groups.instances("App20-RG"), 4)
  unit.assert_equals(by_name()["App20-RG"].tags, { Tier = "frontend" })
end

function tests.test_ensure_compares_the_query_and_not_its_order()
  local instance, volume = "AWS::EC2::Instance", "AWS::EC2::Volume"
  groups.create("both", { tags = { App = { "App30", "App40" }, Env = true }, types = { instance, volume } })
  local same = { tags = { Env = true, App = { "App40", "App30" } }, types = { volume, instance } }
  unit.assert_equals(groups.ensure("both", same).status, "there")
end

function tests.test_ensure_refuses_a_group_with_another_query()
  groups.create("App20-RG", { tags = { App = "App30" } })
  local problem = unit.assert_error(groups.ensure, "App20-RG", { tags = { App = "App20" } })
  unit.assert_str_contains(problem, "the group App20-RG exists with another query")
  unit.assert_str_contains(problem, "App = App30")
  unit.assert_str_contains(problem, "App = App20")
  -- Other types, all values of a tag, a stack, and a group without a query differ too.
  local function differs(name, opts)
    unit.assert_error_contains("exists with another query", groups.ensure, name, opts)
  end
  differs("App20-RG", { tags = { App = "App30" }, types = { "AWS::EC2::Instance" } })
  differs("App20-RG", { tags = { App = true } })
  differs("App20-RG", { tags = { App = "App30", Env = "prod" } })
  differs("search-stack", { tags = { App = "App30" } })
end

function tests.test_ensure_checks_a_group_that_was_created_in_the_meantime()
  unit.fail("resource_groups.get_group", { code = "NotFoundException", status = 404 })
  groups.create("App20-RG", { tags = { App = "App30" } })
  unit.assert_error_contains("exists with another query", groups.ensure, "App20-RG", { tags = { App = "App20" } })
  unit.assert_equals(groups.ensure("App20-RG", { tags = { App = "App30" } }).status, "there")
end

function tests.test_values_are_alternatives_and_true_matches_any()
  groups.create("some", { tags = { App = { "App30", "App40" }, Env = true }, types = { "AWS::EC2::Instance" } })
  unit.assert_equals(#groups.members "some", 5)
end

function tests.test_empty_tags_are_an_error()
  unit.assert_error_contains("would select every resource", groups.create, "all", { tags = {} })
  unit.assert_error_contains("option 'tags' or 'stack' is required", groups.create, "all", {})
  unit.assert_error_contains("exclude each other", groups.create, "all", { tags = { A = "b" }, stack = "arn" })
  unit.assert_error_contains("unknown option 'tag'", groups.create, "all", { tag = { A = "b" } })
end

function tests.test_nested_groups_are_replaced_by_their_members()
  local within = {}
  for _, member in ipairs((groups.members "backend")) do within[member.group] = true end
  unit.assert_equals(within, { ["App30-RG"] = true, ["search-stack"] = true })
  local flat = groups.members("backend", { recursive = false })
  unit.assert_equals(flat[1].id, "App30-RG")
  unit.assert_equals(flat[1].type, "AWS::ResourceGroups::Group")
end

function tests.test_circular_groups_are_visited_once()
  groups.create("a", { nested = true, tags = { Ring = "yes" }, group_tags = { Ring = "yes" } })
  groups.create("b", { nested = true, tags = { Ring = "yes" }, group_tags = { Ring = "yes" } })
  unit.assert_equals(groups.members "a", {})
end

function tests.test_deleted_stack_is_reported()
  local members, errors = groups.members "old-reports"
  unit.assert_equals(members, {})
  unit.assert_equals(errors[1].error_code, "CLOUDFORMATION_STACK_NOT_EXISTING")
end

function tests.test_group_of_a_stack()
  local stack = "arn:aws:cloudformation:eu-central-1:123456789012:stack/search/7f0c3a10-5d1e-11f0-9c41-0a5d2b9e6c3f"
  groups.create("search", { stack = stack, types = { "AWS::EC2::Volume" } })
  unit.assert_equals(#groups.members "search", 2)
end

function tests.test_ensure_raises_other_failures()
  unit.fail("resource_groups.get_group", { code = "AccessDeniedException", message = "not you" })
  unit.assert_error_contains("not you", groups.ensure, "App20-RG", { tags = { App = "App20" } })
end

function tests.test_name_has_only_allowed_characters()
  unit.assert_equals(groups.name_for "App20", "App20-RG")
  unit.assert_equals(groups.name_for "two words", "two-words-RG")
  unit.assert_equals(groups.name_for "aws-x", "x-aws-x-RG")
end

return tests
