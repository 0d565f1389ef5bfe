local list = require "list"
local unit = require "unit"

local ROWS = {
  { name = "web-2", age = 30, state = { name = "running" }, tags = { App = "App20", ["a.b"] = "x" } },
  { name = "db-1", age = 400, state = { name = "stopped" }, tags = { App = "App10" } },
  { name = "web-1", age = 30, state = { name = "running" }, tags = {} },
}

local function names(rows)
  return list.pluck(rows, "name")
end

local function is_running(row)
  return row.state.name == "running"
end

local tests = {}

function tests.test_map_leaves_out_nil()
  unit.assert_equals(list.map({ 1, 2, 3 }, function(n) return n % 2 == 1 and n * 10 or nil end), { 10, 30 })
  unit.assert_equals(list.map({ "a", "b" }, function(_, at) return at end), { 1, 2 })
  unit.assert_equals(list.map({}, tostring), {})
end

function tests.test_filter_reject_and_partition()
  unit.assert_equals(names(list.filter(ROWS, is_running)), { "web-2", "web-1" })
  unit.assert_equals(names(list.reject(ROWS, is_running)), { "db-1" })
  local running, others = list.partition(ROWS, is_running)
  unit.assert_equals({ #running, #others }, { 2, 1 })
end

function tests.test_find_any_all_and_contains()
  local row, at = list.find(ROWS, function(row) return row.age > 100 end)
  unit.assert_equals({ row and row.name, at }, { "db-1", 2 })
  unit.assert_nil((list.find(ROWS, function(row) return row.age > 1000 end)))
  unit.assert_true(list.any(ROWS, is_running))
  unit.assert_false(list.any {})
  unit.assert_false(list.all(ROWS, is_running))
  unit.assert_true(list.all({}, is_running))
  unit.assert_true(list.contains({ 1, 2 }, 2))
  unit.assert_false(list.contains({ "a", "b" }, "A"))
end

function tests.test_keys_are_fields_paths_and_functions()
  unit.assert_equals(list.pluck(ROWS, "state.name"), { "running", "stopped", "running" })
  unit.assert_equals(list.pluck(ROWS, "tags.App"), { "App20", "App10" })
  unit.assert_equals(list.pluck(ROWS, "tags.a.b"), { "x" })
  unit.assert_equals(list.pluck(ROWS, "absent.name"), {})
  unit.assert_equals(list.pluck(ROWS, function(row) return #row.name end), { 5, 4, 5 })
  unit.assert_error_contains("a key must be a field's name", list.pluck, ROWS, 3)
end

function tests.test_group_by_count_by_and_index_by()
  local groups = list.group_by(ROWS, "state.name")
  unit.assert_equals(names(groups.running), { "web-2", "web-1" })
  unit.assert_equals(list.count_by(ROWS, "state.name"), { running = 2, stopped = 1 })
  unit.assert_equals(list.count_by(ROWS, "tags.App"), { App20 = 1, App10 = 1 })
  unit.assert_equals(list.index_by(ROWS, "name")["db-1"].age, 400)
end

function tests.test_sorts_by_several_keys_and_directions()
  unit.assert_equals(names(list.sort_by(ROWS, "name")), { "db-1", "web-1", "web-2" })
  unit.assert_equals(names(list.sort_by(ROWS, "-age", "name")), { "db-1", "web-1", "web-2" })
  unit.assert_equals(names(list.sort_by(ROWS, "-state.name", "-name")), { "db-1", "web-2", "web-1" })
  unit.assert_equals(names(ROWS), { "web-2", "db-1", "web-1" }, "the argument is not changed")
  unit.assert_error_contains("a key is missing", list.sort_by, ROWS)
end

function tests.test_sorting_is_stable_with_nil_last()
  unit.assert_equals(names(list.sort_by(ROWS, "age")), { "web-2", "web-1", "db-1" })
  unit.assert_equals(names(list.sort_by(ROWS, "tags.App")), { "db-1", "web-2", "web-1" })
  unit.assert_equals(names(list.sort_by(ROWS, "-tags.App")), { "web-2", "db-1", "web-1" })
end

function tests.test_sorts_values_of_all_types()
  local mixed = list.sort_by({ { v = "b" }, { v = 2 }, { v = true }, { v = 1 }, { v = false } }, "v")
  unit.assert_equals(list.pluck(mixed, "v"), { false, true, 1, 2, "b" })
  local times = list.sort_by({ { at = time.parse "2026-02-01" }, { at = time.parse "2026-01-01" } }, "-at")
  unit.assert_equals(tostring(times[1] and times[1].at), "2026-02-01T00:00:00Z")
end

function tests.test_sums_and_extremes()
  unit.assert_equals(list.sum(ROWS, "age"), 460)
  unit.assert_equals(list.sum { 1, 2.5 }, 3.5)
  unit.assert_equals(list.sum {}, 0)
  unit.assert_equals(list.min_by(ROWS, "age"), ROWS[1])
  unit.assert_equals(list.max_by(ROWS, "age"), ROWS[2])
  unit.assert_nil(list.max_by({}, "age"))
  unit.assert_equals(list.reduce({ 1, 2, 3 }, function(a, b) return a * b end, 1), 6)
end

function tests.test_unique_flatten_take_skip_chunk_and_zip()
  unit.assert_equals(list.unique { 1, 2, 1 }, { 1, 2 })
  unit.assert_equals(names(list.unique(ROWS, "age")), { "web-2", "db-1" })
  unit.assert_equals(list.flatten { { 1 }, {}, { 2, 3 } }, { 1, 2, 3 })
  unit.assert_equals(list.take({ 1, 2, 3 }, 2), { 1, 2 })
  unit.assert_equals(list.take({ 1 }, 5), { 1 })
  unit.assert_equals(list.skip({ 1, 2, 3 }, 2), { 3 })
  unit.assert_equals(list.skip({ 1 }, 5), {})
  unit.assert_equals(list.chunk({ 1, 2, 3 }, 2), { { 1, 2 }, { 3 } })
  unit.assert_error_contains("at least 1", list.chunk, {}, 0)
  unit.assert_equals(list.zip({ 1, 2 }, { "a" }), { { 1, "a" } })
  unit.assert_equals(list.reverse { 1, 2, 3 }, { 3, 2, 1 })
end

function tests.test_keys_and_values_are_sorted()
  unit.assert_equals(list.keys { b = 1, a = 2, [3] = 3 }, { 3, "a", "b" })
  unit.assert_equals(list.values { b = 1, a = 2 }, { 2, 1 })
  unit.assert_equals(list.set { "a" }, { a = true })
end

function tests.test_empty_result_is_encoded_as_list()
  unit.assert_equals(json.encode(list.sort_by({}, "name")), "[]")
  unit.assert_equals(json.encode(list.filter({ 1 }, function() return false end)), "[]")
  unit.assert_equals(json.encode(list.flatten {}), "[]")
end

return tests
