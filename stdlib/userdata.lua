-- User data of instances and launch templates: the script or the settings that an instance reads at its first start.

local userdata = {}

-- EC2 returns user data in Base64, and the SDK marks it as a secret because scripts often contain passwords.
---@param data Secret?
---@return Secret?
local function decoded(data)
  if data == nil or reveal(data) == "" then return nil end
  return base64.decode(data)
end

---Returns the user data of an instance as a secret, whose text is `reveal(userdata.of_instance(id))`; nil if the
---instance has none.
---@param instance_id string
---@return Secret?
function userdata.of_instance(instance_id)
  local answer = ec2.describe_instance_attribute { instance_id = instance_id, attribute = "userData" }
  return decoded(answer.user_data and answer.user_data.value --[[@as Secret?]])
end

---Returns the user data of a launch template as a secret; nil if it has none.
---@param launch_template_id string
---@param version? string A number, "$Latest" or "$Default". Default: "$Default".
---@return Secret?
function userdata.of_template(launch_template_id, version)
  local answer = ec2.describe_launch_template_versions {
    launch_template_id = launch_template_id,
    versions = { version or "$Default" },
  }
  local found = answer.launch_template_versions[1]
  local data = found and found.launch_template_data
  return data and decoded(data.user_data --[[@as Secret?]])
end

return userdata
