local images = require "images"
local unit = require "unit"

local tests = {}

local function by_id(list)
  local found = {}
  for _, row in ipairs(list) do found[row.image_id] = row end
  return found
end

function tests.test_users_are_instances_and_templates()
  local users = images.users()
  for _, instance in ipairs(fleet.instances()) do
    local found = false
    for _, id in ipairs(users[instance.image_id] or {}) do found = found or id == instance.instance_id end
    unit.assert_true(found, instance.name .. " uses an image")
  end
end

function tests.test_old_images_except_used_ones_are_found()
  local findings = images.old { min_age = "30d" }
  for _, finding in ipairs(findings) do
    unit.assert_equals(finding.used_by, {})
    local lately = finding.last_launched_time and time.now() - finding.last_launched_time < time.days(30)
    unit.assert_equals(finding.severity, lately and "info" or "low")
    unit.assert_true(finding.age >= time.days(30))
  end
  local all = images.old { min_age = "30d", all = true }
  unit.assert_true(#all >= #findings and #all >= 1)
  for _, finding in ipairs(all) do
    if #finding.used_by > 0 then unit.assert_equals(finding.severity, "info") end
  end
end

function tests.test_image_of_a_launch_template_is_in_use()
  local users = {}
  for _, row in ipairs(images.list { name = "app20-golden-*" }) do
    users[row.image_name] = table.concat(row.used_by, " ")
  end
  unit.assert_str_contains(users["app20-golden-v12"], "lt-")
  unit.assert_equals(users["app20-golden-v9"], "")
end

function tests.test_lists_only_own_images()
  local account = aws.whoami().account
  local own = by_id(images.list())
  for _, image in ipairs(ec2.describe_images.all()) do
    unit.assert_equals(own[image.image_id] ~= nil, image.owner_id == account)
  end
end

function tests.test_selects_images_by_name()
  unit.assert_equals(#images.list { name = "app20-golden-v12" }, 1)
  unit.assert_equals(#images.list { name = "no-such-*" }, 0)
end

function tests.test_public_image_is_critical()
  for _, finding in ipairs(images.shared_with_all()) do
    unit.assert_true(finding.is_public)
    unit.assert_equals(finding.severity, "critical")
  end
end

return tests
