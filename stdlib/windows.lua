-- Extends `windows` with the password of an instance. EC2 makes the password at the first start and encrypts it with
-- the key pair of the instance.

local options = require "options"

local built_in = windows

---@class windows
local windows = {}

---@class windows.PasswordOptions
---@field key_file string The file with the private key of the instance's key pair, in PEM.

---Returns the password of an instance as a secret; `reveal` returns its text.
---@param instance_id string
---@param opts windows.PasswordOptions
---@return Secret
function windows.password(instance_id, opts)
  local settings = options.read("windows.password", opts, { key_file = { "string", required = true } })
  local file, problem = io.open(settings.key_file, "rb")
  if not file then error("windows.password: the key file cannot be read: " .. problem, 0) end
  local key = file:read "a"
  file:close()
  local data = ec2.get_password_data({ instance_id = instance_id }).password_data
  if data == nil or reveal(data) == "" then
    error(
      "windows.password: "
        .. instance_id
        .. " has no password yet; wait with ec2.wait.password_data_available { instance_id = … }, which can take "
        .. "15 minutes after a launch with a key pair",
      0
    )
  end
  return built_in.decrypt(data, key)
end

return windows
