local taggable = require "taggable"
local unit = require "unit"

local tests = {}

function tests.test_every_ec2_kind_can_be_listed()
  for _, kind in ipairs(taggable.named { "all" }) do
    unit.assert_true(kind.batch >= 1)
    unit.assert_not_nil(kind.service)
    local ok, e = pcall(kind.list, kind.has_tag_filters and { ["tag:App"] = "App20" } or nil)
    unit.assert_true(ok, kind.name .. ": " .. tostring(e))
  end
end

function tests.test_an_id_tells_its_kind()
  for id, kind in pairs {
    ["eni-02bf3e16ba53fe94c"] = "network-interface",
    ["tgw-0123456789abcdef0"] = "transit-gateway",
    ["tgw-attach-0123456789abcdef0"] = "transit-gateway-attachment",
    ["fleet-12345678-1234-1234-1234-123456789abc"] = "fleet",
    ["vpce-0123456789abcdef0"] = "vpc-endpoint",
  } do
    unit.assert_equals(taggable.kind_of_id(id), kind)
  end
  unit.assert_nil(taggable.kind_of_id "quux-0123")
  unit.assert_nil(taggable.kind_of_id "app20-web-1")
end

function tests.test_the_ids_of_every_ec2_kind_tell_it()
  for _, kind in ipairs(taggable.named { "all" }) do
    for _, row in ipairs(kind.service == "ec2" and kind.list() or {}) do
      -- The ids of reserved instances are UUIDs.
      local expected = kind.name ~= "reserved-instances" and kind.name or nil
      unit.assert_equals(taggable.kind_of_id(row.resource_id), expected)
    end
  end
end

function tests.test_default_kinds_are_the_usual_ones()
  local usual, all = taggable.named(), taggable.named { "all" }
  unit.assert_true(#usual > 10 and #usual < #all)
  unit.assert_error_contains("known kinds: all, capacity-reservation", taggable.named, { "quux" })
  unit.assert_error_contains("did you mean 'volume'?", taggable.named, { "volumes" })
  unit.assert_error_contains("the list of kinds is empty", taggable.named, {})
end

function tests.test_default_kind_is_of_ec2()
  unit.assert_equals(taggable.of().service, "ec2")
  unit.assert_equals(taggable.of("iam-user").batch, 1)
end

function tests.test_deleted_resources_are_not_listed()
  local east = aws.session { region = "us-east-1" }
  local before = aws.use(east)
  local ids = {}
  for _, instance in ipairs(taggable.of("instance").list()) do ids[instance.resource_id] = true end
  local gone = 0
  for _, instance in ipairs(ec2.describe_instances.all { filters = { ["instance-state-name"] = "terminated" } }) do
    gone = gone + 1
    unit.assert_nil(ids[instance.instance_id])
  end
  aws.use(before)
  unit.assert_equals(gone, 1)
end

return tests
