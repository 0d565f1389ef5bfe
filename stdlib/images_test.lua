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
    local lately = finding.last_launched_time and time.now() - finding.last_launched_time < time.days(90)
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

-- Replaces the launch templates of the account by one with this image.
local function template_with(image_id)
  unit.answer("ec2.describe_launch_templates", { launch_templates = { { launch_template_id = "lt-1" } } })
  unit.answer("ec2.describe_launch_template_versions", {
    launch_template_versions = { { launch_template_id = "lt-1", launch_template_data = { image_id = image_id } } },
  })
end

function tests.test_parameters_of_launch_templates_are_resolved()
  ssm.put_parameter { name = "/golden/ami", value = "ami-1", type = "String" }
  ssm.put_parameter { name = "/golden/ami", value = "ami-2", type = "String", overwrite = true }
  template_with "resolve:ssm:/golden/ami"
  unit.assert_equals(images.users()["ami-2"], { "lt-1" })
  template_with "resolve:ssm:/golden/ami:1"
  unit.assert_equals(images.users()["ami-1"], { "lt-1" })
end

function tests.test_an_image_may_be_that_of_an_unknown_parameter()
  template_with "resolve:ssm:/gone"
  local _, unresolved = images.users()
  unit.assert_equals(unresolved, { "lt-1" })
  local findings = images.old { min_age = "30d" }
  unit.assert_true(#findings > 0)
  for _, finding in ipairs(findings) do
    unit.assert_equals(finding.severity, "info")
    unit.assert_not_str_contains(finding.detail, "; deregister it")
  end
end

function tests.test_images_that_a_service_manages_are_left_to_it()
  local tags = { ["aws:backup:source-resource"] = "arn:aws:ec2:eu-central-1:123456789012:instance/i-1" }
  local image = {
    image_id = "ami-backup",
    name = "AwsBackup_1",
    creation_date = "2020-01-01T00:00:00.000Z",
    state = "available",
    block_device_mappings = {},
    tags = tags,
  }
  unit.answer("ec2.describe_images", { images = { image } })
  local finding = images.old()[1] --[[@as any]]
  unit.assert_equals({ finding.severity, finding.managed_by }, { "info", "aws-backup" })
  unit.assert_not_str_contains(finding.detail, "deregister")
end

function tests.test_a_recent_launch_counts_as_use()
  local golden = images.list({ name = "app20-golden-v9" })[1] --[[@as any]]
  ---@return any
  local function finding_after(days)
    unit.answer("ec2.describe_image_attribute", {
      last_launched_time = { value = tostring(time.now() - time.days(days)) },
    })
    for _, finding in ipairs(images.old { min_age = "30d" }) do
      if finding.image_id == golden.image_id then return finding end
    end
  end
  unit.assert_equals(finding_after(80).severity, "info")
  unit.assert_str_contains(finding_after(80).detail, "80 days ago")
  unit.assert_equals(finding_after(300).severity, "low")
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
