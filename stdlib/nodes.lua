-- The machines that Systems Manager manages, and those that it should and does not.

local findings = require "findings"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

local nodes = {}

---@class nodes.Node
---@field name string The Name tag, or what a machine outside EC2 was registered as.
---@field instance_id string
---@field ping_status "Online"|"ConnectionLost"|"Inactive"
---@field age integer Seconds since the agent was last heard of.
---@field last_ping_date_time Time
---@field agent_version string
---@field is_latest_version boolean
---@field platform_type "Linux"|"Windows"|"MacOS"
---@field platform_name string
---@field platform_version string
---@field computer_name string
---@field ip_address string
---@field resource_type "EC2Instance"|"ManagedInstance"
---@field tags table<string, string>

---@class nodes.Options
---@field tags? tags.Wanted
---@field ids? string[]
---@field ping_status? string
---@field platform_type? string

local SPECS = {
  tags = { "map" },
  ids = { "list" },
  ping_status = { "string", choices = { "Online", "ConnectionLost", "Inactive" } },
  platform_type = { "string", choices = { "Linux", "Windows", "MacOS" } },
}

-- Systems Manager knows no tags of instances: EC2 does.
local function tags_of_instances(some)
  local by_id = {}
  if not some then return by_id end
  local filters = { ["resource-type"] = "instance" }
  for tag in ec2.describe_tags.items { filters = filters } do
    local own = by_id[tag.resource_id] or {}
    own[tag.key] = tag.value
    by_id[tag.resource_id] = own
  end
  return by_id
end

local function tags_of_hybrid(id)
  return ssm.list_tags_for_resource { resource_type = "ManagedInstance", resource_id = id }.tag_list
end

local function row(info, by_id)
  local hybrid = info.resource_type == "ManagedInstance"
  local own = hybrid and tags_of_hybrid(info.instance_id) or by_id[info.instance_id] or {}
  local name = rows.name(own)
  return {
    name = name ~= "" and name or info.name or "",
    instance_id = info.instance_id,
    ping_status = info.ping_status,
    last_ping_date_time = info.last_ping_date_time,
    age = rows.age(info.last_ping_date_time),
    agent_version = info.agent_version,
    is_latest_version = info.is_latest_version,
    platform_type = info.platform_type,
    platform_name = info.platform_name,
    platform_version = info.platform_version,
    computer_name = info.computer_name,
    ip_address = info.ip_address,
    resource_type = info.resource_type,
    tags = own,
  }
end

---The managed machines, also those whose agent was not heard of for a while. What is stopped is
---not among them.
---@param given? nodes.Options
---@return nodes.Node[]
function nodes.managed(given)
  local asked = options.read("nodes.managed", given, SPECS)
  local filters = {}
  local function filter(key, values)
    if values then filters[#filters + 1] = { key = key, values = values } end
  end
  filter("PingStatus", asked.ping_status and { asked.ping_status })
  filter("PlatformTypes", asked.platform_type and { asked.platform_type })
  if asked.ids and #asked.ids == 0 then
    error("nodes.managed: option 'ids': an empty list is nobody, not everybody", 0)
  end
  filter("InstanceIds", asked.ids)
  local infos = ssm.describe_instance_information.all { filters = #filters > 0 and filters or nil, max_results = 50 }
  local by_id = tags_of_instances(#infos > 0)
  local found = {}
  for _, info in ipairs(infos) do
    local node = row(info, by_id)
    if not asked.tags or tags.matches(node.tags, asked.tags) then found[#found + 1] = node end
  end
  return rows.sorted(found, "name", "instance_id")
end

---The names of the managed machines by their ids.
---@return table<string, string>
function nodes.names()
  local names = {}
  for _, node in ipairs(nodes.managed()) do names[node.instance_id] = node.name end
  return names
end

---A function that gives a machine's name, "" where it has none, and asks for all of them at its first call.
---@return fun(id: string): string
function nodes.namer()
  local names
  return function(id)
    names = names or nodes.names()
    return names[id] or ""
  end
end

---@class nodes.Unmanaged
---@field name string
---@field instance_id string
---@field reason string Why Systems Manager may not know it.
---@field profile? string The ARN of its instance profile.
---@field age integer Seconds since it was started.
---@field launch_time Time
---@field tags table<string, string>

-- An agent registers within a few minutes.
local STARTING = time.minutes(10)

-- Whether the account gives all instances a role for Systems Manager.
local function has_default_role()
  local id = "/ssm/managed-instance/default-ec2-instance-management-role"
  local ok, answer = pcall(ssm.get_service_setting, { setting_id = id })
  if not ok then
    log.warn("whether instances without a profile are managed is not known: " .. tostring(answer))
    return false
  end
  return answer.service_setting.setting_value ~= "$None"
end

local function reason(instance, default_role)
  if rows.age(instance.launch_time) < STARTING then
    return "It was started a few minutes ago, and may yet register."
  end
  if not instance.iam_instance_profile and not default_role then
    return "It has no instance profile, so its agent has no credentials."
  end
  return "Its agent is stopped or not installed, its role lacks AmazonSSMManagedInstanceCore, or it does not reach "
    .. "Systems Manager's endpoints."
end

---Running instances that Systems Manager does not know, each with why that may be.
---@param given? { tags?: tags.Wanted }
---@return nodes.Unmanaged[]
function nodes.unmanaged(given)
  local asked = options.read("nodes.unmanaged", given, { tags = { "map" } })
  local known = {}
  for info in ssm.describe_instance_information.items { max_results = 50 } do known[info.instance_id] = true end
  local found, default_role = {}, nil
  for instance in ec2.describe_instances.items { filters = { ["instance-state-name"] = "running" } } do
    local wanted = not asked.tags or tags.matches(instance.tags, asked.tags)
    if wanted and not known[instance.instance_id] then
      if default_role == nil then default_role = has_default_role() end
      found[#found + 1] = {
        name = rows.name(instance.tags),
        instance_id = instance.instance_id,
        reason = reason(instance, default_role),
        profile = instance.iam_instance_profile and instance.iam_instance_profile.arn,
        launch_time = instance.launch_time,
        age = rows.age(instance.launch_time),
        tags = instance.tags,
      }
    end
  end
  return rows.sorted(found, "name", "instance_id")
end

---What is wrong with the agents: machines that are offline or not managed at all, and old agents.
---@param given? { tags?: tags.Wanted }
---@return findings.Finding[]
function nodes.findings(given)
  local asked = options.read("nodes.findings", given, { tags = { "map" } })
  local found = {}
  local function add(...) found[#found + 1] = findings.new(...) end
  for _, node in ipairs(nodes.managed { tags = asked.tags }) do
    if node.ping_status ~= "Online" then
      add(node, "high", "offline-node",
        "Its agent was last heard of " .. time.ago(node.last_ping_date_time) .. " ago; no command reaches it. "
          .. "Start the agent, or look at its network.")
    elseif not node.is_latest_version then
      add(node, "low", "old-agent", "Its agent is " .. node.agent_version .. "; update it with AWS-UpdateSSMAgent.")
    end
  end
  for _, instance in ipairs(nodes.unmanaged { tags = asked.tags }) do
    add(instance, "medium", "unmanaged-instance", "It runs, and Systems Manager does not know it. " .. instance.reason)
  end
  return findings.sorted(found, "instance_id")
end

return nodes
