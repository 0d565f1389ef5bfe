-- The instances of a fleet as flat records. These functions extend the built-in `fleet`, whose runs accept
-- the records as targets.

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
---@field private_ips string[] The private IPv4 addresses of all its network interfaces.
---@field public_ip? string The public IPv4 address of the primary interface, or of another one if it has none.
---@field public_ips string[] The public IPv4 addresses of all its network interfaces.
---@field ipv6_addresses string[] The IPv6 addresses of all its network interfaces, without unique local ones.
---@field interfaces fleet.Interface[]
---@field vpc_id? string
---@field subnet_id? string
---@field zone? string
---@field image_id? string
---@field platform "linux"|"windows"
---@field platform_details string The billing product, for example "Linux/UNIX".
---@field architecture string
---@field lifecycle "on-demand"|"spot"|"scheduled"|"capacity-block"
---@field profile? string The name of its instance profile.
---@field key_name? string
---@field security_groups string[] The ids of the groups of all its network interfaces.
---@field auto_scaling_group? string The group replaces the instance if it is stopped.
---@field root_device string "ebs" or "instance-store". AWS cannot stop an instance with an instance store.
---@field tenancy string
---@field http_tokens string "required" (only IMDSv2), "optional" (also IMDSv1) or "disabled" (no metadata service).
---@field tags table<string, string>

---The addresses of a network interface, and the ids of the groups that protect them.
---@class fleet.Interface
---@field network_interface_id? string
---@field private_ips string[]
---@field public_ips string[]
---@field ipv6_addresses string[]
---@field security_groups string[]

---@class fleet.InstancesOptions
---@field tags? tags.Wanted
---@field name? string|string[] The Name tag; `*` matches any text and `?` any character.
---@field state? string|string[] "running", "stopped" …, or "any", which includes terminated instances.
---@field type? string|string[] For example "t3.*".
---@field ids? string[] Ids that are not in this account and region are skipped.
---@field min_age? string|integer The minimum age, for example "30d".
---@field max_age? string|integer
---@field vpc? string|string[] Ids of VPCs.
---@field subnet? string|string[]
---@field zone? string|string[]
---@field image? string|string[]
---@field profile? string The name of an instance profile, or its ARN.
---@field platform? "linux"|"windows"
---@field lifecycle? "on-demand"|"spot"
---@field public_ip? boolean Whether one of its network interfaces has a public IPv4 address.

-- The states of instances that still exist.
local PRESENT = { "pending", "running", "stopping", "stopped" }

-- EC2 accepts 200 filter values in a call; the other filters need some of them.
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

local function filters_of(settings)
  local filters = {}
  for option, filter in pairs(FILTERS) do filters[filter] = settings[option] end
  local state = settings.state or PRESENT
  if not (#state == 1 and state[1] == "any") then filters["instance-state-name"] = state end
  if settings.platform == "windows" then filters.platform = "windows" end
  if settings.lifecycle == "spot" then filters["instance-lifecycle"] = "spot" end
  if settings.profile then
    filters["iam-instance-profile.arn"] = settings.profile:find "^arn:" and settings.profile or "*/" .. settings.profile
  end
  return filters
end

local function described(settings)
  local filters, ids = filters_of(settings), settings.ids
  if not ids then return ec2.describe_instances.all { filters = tags.filters(settings.tags, filters) } end
  if #ids == 0 then error("fleet.instances: the list of ids is empty, which is not all of them", 0) end
  local found = {}
  for first = 1, #ids, IDS_PER_CALL do
    filters["instance-id"] = table.move(ids, first, math.min(first + IDS_PER_CALL - 1, #ids), 1, {})
    local input = { filters = tags.filters(settings.tags, filters) }
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

-- Unique local addresses (RFC 4193), which AWS calls private IPv6 addresses, are not reachable from the internet.
local function is_global(address)
  return address:lower():find "^f[cd]" == nil
end

local function interface(raw)
  local one = {
    network_interface_id = raw.network_interface_id,
    private_ips = {},
    public_ips = {},
    ipv6_addresses = {},
    security_groups = list.pluck(raw.groups, "group_id"),
  }
  for _, private in ipairs(raw.private_ip_addresses) do
    one.private_ips[#one.private_ips + 1] = private.private_ip_address
    if private.association then one.public_ips[#one.public_ips + 1] = private.association.public_ip end
  end
  for _, address in ipairs(raw.ipv6_addresses) do
    if is_global(address.ipv6_address) then one.ipv6_addresses[#one.ipv6_addresses + 1] = address.ipv6_address end
  end
  return one
end

-- The addresses of all interfaces, after the instance's own.
local function addresses(interfaces, field, own)
  local found = json.list()
  if own then found[1] = own end
  for _, one in ipairs(interfaces) do
    for _, address in ipairs(one[field]) do
      if address ~= own then found[#found + 1] = address end
    end
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
  local interfaces = list.map(instance.network_interfaces, interface)
  local public_ips = addresses(interfaces, "public_ips", instance.public_ip_address)
  return {
    name = rows.name(instance.tags),
    instance_id = instance.instance_id,
    type = instance.instance_type,
    state = instance.state.name,
    age = rows.age(instance.launch_time),
    launch_time = instance.launch_time,
    private_ip = instance.private_ip_address,
    private_ips = addresses(interfaces, "private_ips", instance.private_ip_address),
    public_ip = public_ips[1],
    public_ips = public_ips,
    ipv6_addresses = addresses(interfaces, "ipv6_addresses"),
    interfaces = interfaces,
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

-- The options for which EC2 has no filter.
local function is_wanted(row, settings)
  return rows.is_of_age(row.age, settings.min_age, settings.max_age)
    and tags.lacks(row.tags, settings.tags)
    and (settings.platform == nil or row.platform == settings.platform)
    and (settings.lifecycle == nil or row.lifecycle == settings.lifecycle)
    and (settings.public_ip == nil or (row.public_ip ~= nil) == settings.public_ip)
end

---Returns a flat record for each instance, sorted by name and id. Default: all instances except terminated ones.
---@param opts? fleet.InstancesOptions
---@return fleet.Instance[]
function fleet.instances(opts)
  local settings = options.read("fleet.instances", opts, SPECS)
  local found = {}
  for _, instance in ipairs(described(settings)) do
    local row = record(instance)
    if is_wanted(row, settings) then found[#found + 1] = row end
  end
  return list.sort_by(found, "name", "instance_id")
end

-- An attacker who makes the machine fetch a URL gets the credentials of its instance profile.
local function imdsv1_severity(row)
  if not row.profile then return "low" end
  return (row.public_ip or #row.ipv6_addresses > 0) and "high" or "medium"
end

local function imdsv1(row)
  local effect = row.profile and " and exposes the credentials of " .. row.profile
    or ", but the instance has no credentials"
  local detail = "IMDSv1 is enabled" .. effect .. "; require IMDSv2."
  return findings.new(row, imdsv1_severity(row), "imdsv1", detail)
end

---Returns a finding for each instance whose metadata service answers without a token (IMDSv1): low without
---credentials, medium with an instance profile, high if the instance also has a public address.
---@param opts? fleet.InstancesOptions
---@return findings.Finding[]
function fleet.imdsv1(opts)
  options.read("fleet.imdsv1", opts, SPECS)
  local found = {}
  for _, row in ipairs(fleet.instances(opts)) do
    if row.http_tokens == "optional" then found[#found + 1] = imdsv1(row) end
  end
  return findings.sorted(found, "instance_id")
end

---@class fleet.Type
---@field type string
---@field count integer
---@field running integer
---@field spot integer
---@field vcpus? integer For one instance.
---@field memory_gib? number For one instance.
---@field total_vcpus? integer
---@field total_memory_gib? number
---@field current_generation? boolean
---@field architecture? string
---@field detail string

-- The maximum of DescribeInstanceTypes.
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

---Returns a row for each instance type with counts, CPUs and memory. Default: all instances except terminated ones.
---@param opts? fleet.InstancesOptions
---@return fleet.Type[]
function fleet.types(opts)
  options.read("fleet.types", opts, SPECS)
  local by_type, types, names = {}, {}, {}
  for _, instance in ipairs(fleet.instances(opts)) do
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
