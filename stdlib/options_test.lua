local options = require "options"
local unit = require "unit"

local SPECS = {
  min_days = { "integer", default = 7 },
  names = { "list" },
  tags = { "map" },
  younger_than = { "duration" },
  state = { "string", choices = { "available", "in-use" } },
}

local function read(given)
  return options.read("volumes.unattached", given, SPECS)
end

local tests = {}

function tests.test_missing_option_has_its_default()
  unit.assert_equals(read(nil), { min_days = 7 })
  unit.assert_equals(read { min_days = 0 }, { min_days = 0 })
end

function tests.test_values_are_converted_by_type()
  unit.assert_equals(read { names = "web-1" }.names, { "web-1" })
  unit.assert_equals(read { younger_than = "2h" }.younger_than, 7200)
  unit.assert_equals(read { younger_than = 5 }.younger_than, 5)
  unit.assert_equals(read { tags = { App = "App20" } }.tags, { App = "App20" })
end

function tests.test_unknown_option_suggests_the_nearest()
  unit.assert_error_contains("volumes.unattached: unknown option 'min_day'; did you mean 'min_days'?", read, {
    min_day = 3,
  })
  unit.assert_error_contains("known options: min_days, names, state, tags, younger_than", read, { zzzzz = 1 })
  unit.assert_error_contains("f: unknown option 'x'; the function has no options", options.read, "f", { x = 1 }, {})
end

function tests.test_wrong_type_is_an_error()
  unit.assert_error_contains("option 'min_days': expected integer, got '3'", read, { min_days = "3" })
  unit.assert_error_contains("option 'names': expected list, got table", read, { names = { a = 1 } })
  unit.assert_error_contains("expected duration", read, { younger_than = "soon" })
  unit.assert_error_contains("must be a table", read, "min_days")
end

function tests.test_value_outside_of_choices_is_an_error()
  unit.assert_equals(read({ state = "in-use" }).state, "in-use")
  unit.assert_error_contains("must be one of available, in-use, not 'inuse'; did you mean 'in-use'?", read, {
    state = "inuse",
  })
end

function tests.test_missing_required_option_is_an_error()
  local specs = { group = { "string", required = true } }
  unit.assert_error_contains("groups.members: option 'group' is missing", options.read, "groups.members", {}, specs)
end

function tests.test_a_function_of_the_library_can_be_swept()
  local everywhere = sweep.regions({ "eu-central-1", "us-east-1" }, fleet.instances)
  unit.assert_equals(everywhere.errors, {})
  unit.assert_true(#everywhere.results > 10)
  -- The fixed options of a function count in a sweep too.
  local volumes = require "volumes"
  local unattached = sweep.regions({ "eu-central-1" }, volumes.unattached).results
  unit.assert_equals(#unattached, #volumes.unattached())
  for _, row in ipairs(unattached) do unit.assert_equals(row.state, "available") end
end

return tests
