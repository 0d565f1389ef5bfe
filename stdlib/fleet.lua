-- The instances of a fleet as flat records, and what is said of them. It is added to the built-in
-- `fleet`, whose runs take these records as targets.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

---@class fleet
local fleet = {}

---@class fleet.Instance
---@field name string The Name tag, or "".
---@field instance_id string
---@field type string
---@field state string
---@field age? integer Seconds since the last start.
---@field launch_time Time
---@field private_ip? string
---@field public_ip? string
---@field ipv6_addresses string[] All of which are public.
---@field vpc_id? string
---@field subnet_id? string
---@field zone? string
---@field image_id? string
---@field platform "linux"|"windows"
---@field platform_details string As AWS bills it, as in "Linux/UNIX".
---@field architecture string
---@field lifecycle "on-demand"|"spot"|"scheduled"|"capacity-block"
---@field profile? string The name of its instance profile.
---@field key_name? string
---@field security_groups string[] The ids, of all its network interfaces.
---@field auto_scaling_group? string Which starts another one where this one is stopped.
---@field root_device string "ebs", or "instance-store", which cannot be stopped.
---@field tenancy string
---@field http_tokens string "required" is IMDSv2 alone, "optional" IMDSv1 as well, "disabled" neither.
---@field tags table<string, string>

---@class fleet.InstancesOptions
---@field tags? tags.Wanted
---@field name? string|string[] The Name tag; `*` and `?` stand for what they stand for with AWS.
---@field state? string|string[] "running", "stopped" …; "any" takes those that are gone as well.
---@field type? string|string[] As in "t3.*".
---@field ids? string[] Those that are not in this place are left out.
---@field min_age? string|integer As in "30d".
---@field max_age? string|integer
---@field vpc? string|string[] The ids of VPCs.
---@field subnet? string|string[]
---@field zone? string|string[]
---@field image? string|string[]
---@field profile? string The name of an instance profile, or its ARN.
---@field platform? "linux"|"windows"
---@field lifecycle? "on-demand"|"spot"
---@field public_ip? boolean Whether it has a public address.

-- What is said of those that have not gone.
local PRESENT = { "pending", "running", "stopping", "stopped" }

-- A call takes 200 values in its filters; the others need some of them.
local IDS_PER_CALL = 100

local FILTERS = {
  type = "instance-type",
  vpc = "vpc-id",
  subnet = "subnet-id",
  zone = "availability-zone",
  image = "image-id",
  name = "tag:Name",
}

local SPECS = {
  tags = { "map" },
  name = { "list" },
  state = { "list" },
  type = { "list" },
  ids = { "list" },
  min_age = { "duration" },
  max_age = { "duration" },
  vpc = { "list" },
  subnet = { "list" },
  zone = { "list" },
  image = { "list" },
  profile = { "string" },
  platform = { "string", choices = { "linux", "windows" } },
  lifecycle = { "string", choices = { "on-demand", "spot" } },
  public_ip = { "boolean" },
}

local function filters_of(read)
  local filters = {}
  for option, filter in pairs(FILTERS) do filters[filter] = read[option] end
  local state = read.state or PRESENT
  if not (#state == 1 and state[1] == "any") then filters["instance-state-name"] = state end
  if read.platform == "windows" then filters.platform = "windows" end
  if read.lifecycle == "spot" then filters["instance-lifecycle"] = "spot" end
  if read.profile then
    filters["iam-instance-profile.arn"] = read.profile:find "^arn:" and read.profile or "*/" .. read.profile
  end
  return filters
end

local function described(read)
  local filters, ids = filters_of(read), read.ids
  if not ids then return ec2.describe_instances.all { filters = tags.filters(read.tags, filters) } end
  if #ids == 0 then error("fleet.instances: the list of ids is empty, which is not all of them", 0) end
  local found = {}
  for first = 1, #ids, IDS_PER_CALL do
    filters["instance-id"] = table.move(ids, first, math.min(first + IDS_PER_CALL - 1, #ids), 1, {})
    local input = { filters = tags.filters(read.tags, filters) }
    for _, instance in ipairs(ec2.describe_instances.all(input)) do found[#found + 1] = instance end
  end
  return found
end

local function security_groups(instance)
  local ids, seen = {}, {}
  local function add(groups)
    for _, group in ipairs(groups) do
      if not seen[group.group_id] then ids[#ids + 1] = group.group_id end
      seen[group.group_id] = true
    end
  end
  add(instance.security_groups)
  for _, interface in ipairs(instance.network_interfaces) do add(interface.groups) end
  return ids
end

local function ipv6_addresses(instance)
  local found = {}
  for _, interface in ipairs(instance.network_interfaces) do
    for _, address in ipairs(interface.ipv6_addresses) do found[#found + 1] = address.ipv6_address end
  end
  return found
end

local function platform_of(instance)
  return (instance.platform or ""):lower() == "windows" and "windows" or "linux"
end

---@return fleet.Instance
local function record(instance)
  local profile = instance.iam_instance_profile
  local metadata = instance.metadata_options or {}
  local placement = instance.placement or {}
  return {
    name = rows.name(instance.tags),
    instance_id = instance.instance_id,
    type = instance.instance_type,
    state = instance.state.name,
    age = rows.age(instance.launch_time),
    launch_time = instance.launch_time,
    private_ip = instance.private_ip_address,
    public_ip = instance.public_ip_address,
    ipv6_addresses = ipv6_addresses(instance),
    vpc_id = instance.vpc_id,
    subnet_id = instance.subnet_id,
    zone = placement.availability_zone,
    image_id = instance.image_id,
    platform = platform_of(instance),
    platform_details = instance.platform_details,
    architecture = instance.architecture,
    lifecycle = instance.instance_lifecycle or "on-demand",
    profile = profile and profile.arn:match "([^/]+)$",
    key_name = instance.key_name,
    security_groups = security_groups(instance),
    auto_scaling_group = instance.tags["aws:autoscaling:groupName"],
    root_device = instance.root_device_type,
    tenancy = placement.tenancy,
    http_tokens = metadata.http_endpoint == "disabled" and "disabled" or metadata.http_tokens,
    tags = instance.tags,
  }
end

-- What AWS has no filter for.
local function is_wanted(row, read)
  return rows.is_of_age(row.age, read.min_age, read.max_age)
    and tags.lacks(row.tags, read.tags)
    and (read.platform == nil or row.platform == read.platform)
    and (read.lifecycle == nil or row.lifecycle == read.lifecycle)
    and (read.public_ip == nil or (row.public_ip ~= nil) == read.public_ip)
end

---A flat record for each instance, by name and id. Without `state`, those that are gone are left out.
---@param given? fleet.InstancesOptions
---@return fleet.Instance[]
function fleet.instances(given)
  local read = options.read("fleet.instances", given, SPECS)
  local found = {}
  for _, instance in ipairs(described(read)) do
    local row = record(instance)
    if is_wanted(row, read) then found[#found + 1] = row end
  end
  return list.sort_by(found, "name", "instance_id")
end

-- Whoever makes the machine fetch an address for him has the credentials of its profile.
local function imdsv1_severity(row)
  if not row.profile then return "low" end
  return row.public_ip and "high" or "medium"
end

local function imdsv1(row)
  local why = row.profile and "gives the credentials of " .. row.profile or "has no credentials to give"
  local detail = "Its metadata service answers without a token and " .. why .. ": require IMDSv2."
  return findings.new(row, imdsv1_severity(row), "imdsv1", detail)
end

---Instances whose metadata service answers without a token: graver where it has credentials to give, and
---gravest where the machine can be reached from outside.
---@param given? fleet.InstancesOptions
---@return findings.Finding[]
function fleet.imdsv1(given)
  options.read("fleet.imdsv1", given, SPECS)
  local found = {}
  for _, row in ipairs(fleet.instances(given)) do
    if row.http_tokens == "optional" then found[#found + 1] = imdsv1(row) end
  end
  return findings.sorted(found, "instance_id")
end

---@class fleet.Type
---@field type string
---@field count integer
---@field running integer
---@field spot integer
---@field vcpus? integer Of one of them.
---@field memory_gib? number Of one of them.
---@field total_vcpus? integer
---@field total_memory_gib? number
---@field current_generation? boolean
---@field architecture? string
---@field detail string

-- As many as DescribeInstanceTypes takes.
local TYPES_PER_CALL = 100

local function type_infos(names)
  local infos = {}
  for _, batch in ipairs(list.chunk(names, TYPES_PER_CALL)) do
    for _, info in ipairs(ec2.describe_instance_types.all { instance_types = batch }) do
      infos[info.instance_type] = info
    end
  end
  return infos
end

local function describe_type(row, info)
  if not info then return end
  row.vcpus = info.v_cpu_info.default_v_cpus
  row.memory_gib = info.memory_info.size_in_mib / 1024
  row.total_vcpus = row.vcpus * row.count
  row.total_memory_gib = row.memory_gib * row.count
  row.current_generation = info.current_generation
  row.architecture = table.concat(info.processor_info.supported_architectures, ", ")
  if not info.current_generation then row.detail = "previous generation" end
end

---The fleet by type: how many, and what they have. Without `state`, stopped ones count as well.
---@param given? fleet.InstancesOptions
---@return fleet.Type[]
function fleet.types(given)
  options.read("fleet.types", given, SPECS)
  local by_type, types, names = {}, {}, {}
  for _, instance in ipairs(fleet.instances(given)) do
    local row = by_type[instance.type]
    if not row then
      row = { type = instance.type, count = 0, running = 0, spot = 0, detail = "" }
      by_type[instance.type] = row
      types[#types + 1] = row
      names[#names + 1] = instance.type
    end
    row.count = row.count + 1
    if instance.state == "running" then row.running = row.running + 1 end
    if instance.lifecycle == "spot" then row.spot = row.spot + 1 end
  end
  local infos = type_infos(names)
  for _, row in ipairs(types) do describe_type(row, infos[row.type]) end
  return list.sort_by(types, "-count", "type")
end

return fleet
