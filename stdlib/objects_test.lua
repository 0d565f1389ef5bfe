local objects = require "objects"
local unit = require "unit"

local tests = {}

local function bucket_with(keys)
  local s3 = aws.service "s3"
  s3.create_bucket {
    bucket = "moonfleet-objects",
    create_bucket_configuration = { location_constraint = "eu-central-1" },
  }
  for _, key in ipairs(keys) do s3.put_object { bucket = "moonfleet-objects", key = key, body = key } end
end

local function names(rows)
  local found = {}
  for at, row in ipairs(rows) do found[at] = row.name end
  return found
end

function tests.test_a_prefix_is_listed_up_to_the_next_slash()
  bucket_with { "a/b/c", "a/d", "e" }
  local rows = objects.ls { url = "s3://moonfleet-objects/a/" }
  unit.assert_equals(names(rows), { "s3://moonfleet-objects/a/b/", "s3://moonfleet-objects/a/d" })
  unit.assert_equals(assert(rows[1]).kind, "prefix")
  unit.assert_equals(assert(rows[2]).bytes, 3)
end

function tests.test_all_objects_are_listed()
  bucket_with { "a/b/c", "e" }
  local rows = objects.ls { url = "s3://moonfleet-objects", recursive = true }
  unit.assert_equals(names(rows), { "s3://moonfleet-objects/a/b/c", "s3://moonfleet-objects/e" })
end

function tests.test_objects_are_copied_to_another_prefix()
  bucket_with { "a/b c", "a/d" }
  local rows, complete = objects.sync { from = "s3://moonfleet-objects/a", to = "s3://moonfleet-objects/new" }
  unit.assert_equals(#rows, 2)
  unit.assert_true(complete)
  local copies = objects.ls { url = "s3://moonfleet-objects/new", recursive = true }
  unit.assert_equals(names(copies), { "s3://moonfleet-objects/new/b c", "s3://moonfleet-objects/new/d" })
end

function tests.test_an_extra_object_is_deleted_only_on_demand()
  bucket_with { "a/b", "new/b", "new/extra" }
  local sync = { from = "s3://moonfleet-objects/a", to = "s3://moonfleet-objects/new" }
  objects.sync(sync)
  unit.assert_equals(#objects.ls { url = "s3://moonfleet-objects/new/" }, 2)
  sync.delete = true
  local rows = objects.sync(sync)
  unit.assert_equals(rows[#rows].to, "s3://moonfleet-objects/new/extra")
  unit.assert_equals(names(objects.ls { url = "s3://moonfleet-objects/new/" }), { "s3://moonfleet-objects/new/b" })
end

function tests.test_a_copy_that_fails_does_not_stop_the_others()
  bucket_with { "a/b", "a/c" }
  unit.fail("s3.copy_object", { code = "AccessDenied", times = 1 })
  local rows, complete = objects.sync { from = "s3://moonfleet-objects/a", to = "s3://moonfleet-objects/new", parallel = 1 }
  unit.assert_equals({ assert(rows[1]).status, assert(rows[2]).status }, { "failed", "done" })
  unit.assert_false(complete)
end

function tests.test_mistakes_are_errors()
  unit.assert_error_contains("one of `from` and `to` must be a URL", objects.cp, { from = "a", to = "b" })
  unit.assert_error_contains("must begin with s3://", objects.ls, { url = "bucket" })
  unit.assert_error_contains("has no bucket", objects.ls, { url = "s3://" })
end

return tests
