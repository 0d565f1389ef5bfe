local unit = require "unit"
local userdata = require "userdata"

local SCRIPT = "#!/bin/sh\necho 'grüße' > /etc/motd\n"

local tests = {}

---@return string
local function launch(input)
  input.min_count, input.max_count = 1, 1
  return assert(assert(ec2.run_instances(input).instances[1]).instance_id)
end

local function image() return assert(ec2.describe_images({ owners = { "amazon" } }).images[1]).image_id end

function tests.test_a_script_given_as_text_is_read_back()
  local id = launch { image_id = image(), instance_type = "t3.micro", user_data = SCRIPT }
  unit.assert_equals(reveal(assert(userdata.of_instance(id))), SCRIPT)
  unit.assert_equals(tostring(userdata.of_instance(id)), "<secret>")
end

function tests.test_an_instance_without_user_data_has_none()
  local id = launch { image_id = image(), instance_type = "t3.micro" }
  unit.assert_equals(userdata.of_instance(id), nil)
end

function tests.test_a_launch_template_takes_base64()
  local function create(name, data)
    return ec2.create_launch_template {
      launch_template_name = name,
      launch_template_data = { image_id = image(), instance_type = "t3.micro", user_data = data },
    }
  end
  unit.assert_error_contains("base64.encode", create, "raw", SCRIPT)
  local template = assert(create("encoded", base64.encode(SCRIPT)).launch_template)
  local id = assert(template.launch_template_id)
  unit.assert_equals(reveal(assert(userdata.of_template(id))), SCRIPT)
  local instance = launch { launch_template = { launch_template_id = id } }
  unit.assert_equals(reveal(assert(userdata.of_instance(instance))), SCRIPT)
end

return tests
