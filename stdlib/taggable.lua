-- The kinds of resources that can have tags: how to list and how to tag each kind. The names are EC2's own
-- resource types.

local host = require "moonfleet.host"
local list = require "list"

local taggable = {}

---@class taggable.Kind
---@field name string
---@field scope "regional"|"global"
---@field service "ec2"|"iam"|"resource_groups"|"ssm"
---@field usual boolean Whether it belongs to the default kinds: people create it and pay for it, or look for its owner.
---@field batch integer The maximum number of resources in a tagging call.
---@field has_tag_filters boolean Whether its listing can filter by tags.
---@field list fun(filters?: moonfleet.Filters): tags.Resource[]
---@field apply fun(ids: string[], tags: table<string, string>): any

-- The maximum of CreateTags.
local EC2_BATCH = 1000

local function tag_ec2(ids, assigned)
  return ec2.create_tags { resources = ids, tags = assigned }
end

-- Kind, operation, field of the id, field of a name besides the Name tag; the prefix of its ids, whether it belongs to
-- the default kinds, and whether the operation has no filters for tags.
---@type table[]
local EC2 = {
  {
    "capacity-reservation",
    "describe_capacity_reservations",
    "capacity_reservation_id",
    prefix = "cr",
    no_tag_filters = true,
  },
  { "customer-gateway", "describe_customer_gateways", "customer_gateway_id", prefix = "cgw" },
  { "dhcp-options", "describe_dhcp_options", "dhcp_options_id", prefix = "dopt" },
  {
    "egress-only-internet-gateway",
    "describe_egress_only_internet_gateways",
    "egress_only_internet_gateway_id",
    prefix = "eigw",
  },
  { "elastic-ip", "describe_addresses", "allocation_id", "public_ip", prefix = "eipalloc", usual = true },
  { "fleet", "describe_fleets", "fleet_id", prefix = "fleet", no_tag_filters = true },
  { "image", "describe_images", "image_id", "name", prefix = "ami", usual = true, input = { owners = { "self" } } },
  { "instance", "describe_instances", "instance_id", prefix = "i", usual = true },
  { "internet-gateway", "describe_internet_gateways", "internet_gateway_id", prefix = "igw" },
  { "key-pair", "describe_key_pairs", "key_pair_id", "key_name", prefix = "key", usual = true },
  {
    "launch-template",
    "describe_launch_templates",
    "launch_template_id",
    "launch_template_name",
    prefix = "lt",
    usual = true,
  },
  { "natgateway", "describe_nat_gateways", "nat_gateway_id", prefix = "nat" },
  { "network-acl", "describe_network_acls", "network_acl_id", prefix = "acl" },
  { "network-interface", "describe_network_interfaces", "network_interface_id", prefix = "eni" },
  { "placement-group", "describe_placement_groups", "group_id", "group_name", prefix = "pg" },
  {
    "prefix-list",
    "describe_managed_prefix_lists",
    "prefix_list_id",
    "prefix_list_name",
    prefix = "pl",
    no_tag_filters = true,
  },
  { "reserved-instances", "describe_reserved_instances", "reserved_instances_id" },
  { "route-table", "describe_route_tables", "route_table_id", prefix = "rtb" },
  { "security-group", "describe_security_groups", "group_id", "group_name", prefix = "sg", usual = true },
  {
    "snapshot",
    "describe_snapshots",
    "snapshot_id",
    prefix = "snap",
    usual = true,
    input = { owner_ids = { "self" } },
  },
  { "spot-instances-request", "describe_spot_instance_requests", "spot_instance_request_id", prefix = "sir" },
  { "subnet", "describe_subnets", "subnet_id", prefix = "subnet", usual = true },
  { "transit-gateway", "describe_transit_gateways", "transit_gateway_id", prefix = "tgw", no_tag_filters = true },
  {
    "transit-gateway-attachment",
    "describe_transit_gateway_attachments",
    "transit_gateway_attachment_id",
    prefix = "tgw-attach",
    no_tag_filters = true,
  },
  { "volume", "describe_volumes", "volume_id", prefix = "vol", usual = true },
  { "vpc", "describe_vpcs", "vpc_id", prefix = "vpc", usual = true },
  { "vpc-endpoint", "describe_vpc_endpoints", "vpc_endpoint_id", prefix = "vpce" },
  { "vpc-flow-log", "describe_flow_logs", "flow_log_id", prefix = "fl" },
  { "vpc-peering-connection", "describe_vpc_peering_connections", "vpc_peering_connection_id", prefix = "pcx" },
  { "vpn-connection", "describe_vpn_connections", "vpn_connection_id", prefix = "vpn" },
  { "vpn-gateway", "describe_vpn_gateways", "vpn_gateway_id", prefix = "vgw" },
}

-- Operations whose parameter for filters is called `filter`.
local FILTER = { describe_flow_logs = "filter", describe_nat_gateways = "filter" }

-- States in which AWS still lists a deleted resource.
local GONE = { terminated = true, ["shutting-down"] = true, deleted = true, deleting = true, cancelled = true }

-- Prefix lists of AWS cannot have tags.
local function is_of_aws(item) return item.owner_id == "AWS" end

local function is_gone(item)
  local state = item.state
  if type(state) == "table" then state = state.name end
  return state ~= nil and GONE[state] == true
end

local function list_ec2(declared, filters)
  local _, operation, id, other_name = table.unpack(declared)
  local input = {}
  for name, value in pairs(declared.input or {}) do input[name] = value end
  input[FILTER[operation] or "filters"] = filters
  local found = {}
  for _, item in ipairs(ec2[operation].all(input)) do
    if not is_gone(item) and not is_of_aws(item) then
      -- Network interfaces have a `tag_set`.
      local tags = item.tags or item.tag_set or {}
      local name = tags.Name or other_name and item[other_name] or ""
      found[#found + 1] = { resource_id = item[id], name = name, tags = tags }
    end
  end
  return found
end

-- ListUsers and ListRoles omit tags; this call returns them.
local function list_iam(filter, details, name)
  local found = {}
  for page in iam.get_account_authorization_details.pages { filter = { filter } } do
    for _, principal in ipairs(page[details]) do
      -- Only its service can tag a service-linked role.
      if principal.path:find("/aws-service-role/", 1, true) ~= 1 then
        found[#found + 1] = { resource_id = principal[name], name = principal[name], tags = principal.tags or {} }
      end
    end
  end
  return found
end

-- Fetches the tags of each resource, for lists without tags.
local function with_tags(found, tags_of)
  task.map(found, function(row) row.tags = tags_of(row.resource_id) end, { limit = 8 })
  return found
end

local function list_parameters()
  local found = {}
  for parameter in ssm.describe_parameters.items() do
    found[#found + 1] = { resource_id = parameter.name, name = parameter.name }
  end
  return with_tags(found, function(name)
    return ssm.list_tags_for_resource({ resource_type = "Parameter", resource_id = name }).tag_list
  end)
end

local function list_groups()
  local found = {}
  for group in resource_groups.list_groups.items() do
    found[#found + 1] = { resource_id = group.group_arn, name = group.group_name }
  end
  return with_tags(found, function(arn) return resource_groups.get_tags({ arn = arn }).tags or {} end)
end

-- Adapts a function that tags one resource.
local function each(apply)
  return function(ids, assigned) return apply(ids[1], assigned) end
end

---@type taggable.Kind[]
local KINDS = {
  {
    name = "iam-role",
    service = "iam",
    scope = "global",
    usual = true,
    batch = 1,
    has_tag_filters = false,
    list = function() return list_iam("Role", "role_detail_list", "role_name") end,
    apply = each(function(name, assigned) return iam.tag_role { role_name = name, tags = assigned } end),
  },
  {
    name = "iam-user",
    service = "iam",
    scope = "global",
    usual = true,
    batch = 1,
    has_tag_filters = false,
    list = function() return list_iam("User", "user_detail_list", "user_name") end,
    apply = each(function(name, assigned) return iam.tag_user { user_name = name, tags = assigned } end),
  },
  {
    name = "resource-group",
    service = "resource_groups",
    scope = "regional",
    usual = true,
    batch = 1,
    has_tag_filters = false,
    list = list_groups,
    apply = each(function(arn, assigned) return resource_groups.tag { arn = arn, tags = assigned } end),
  },
  {
    name = "ssm-parameter",
    service = "ssm",
    scope = "regional",
    usual = true,
    batch = 1,
    has_tag_filters = false,
    list = list_parameters,
    apply = each(function(name, assigned)
      return ssm.add_tags_to_resource { resource_type = "Parameter", resource_id = name, tags = assigned }
    end),
  },
}
for _, declared in ipairs(EC2) do
  KINDS[#KINDS + 1] = {
    name = declared[1] --[[@as string]],
    service = "ec2",
    scope = "regional",
    usual = declared.usual == true,
    batch = EC2_BATCH,
    has_tag_filters = not declared.no_tag_filters,
    list = function(filters) return list_ec2(declared, filters) end,
    apply = tag_ec2,
  }
end
KINDS = list.sort_by(KINDS, "name")

local BY_NAME = {}
for _, kind in ipairs(KINDS) do BY_NAME[kind.name] = kind end

local BY_PREFIX = {}
for _, declared in ipairs(EC2) do
  if declared.prefix then BY_PREFIX[declared.prefix] = declared[1] end
end

local function unknown(name)
  local names = { "all" }
  for _, kind in ipairs(KINDS) do names[#names + 1] = kind.name end
  local nearest = host.nearest(name, names)
  local hint = nearest and "did you mean '" .. nearest .. "'?" or "known kinds: " .. table.concat(names, ", ")
  error("unknown resource kind '" .. name .. "'; " .. hint, 0)
end

---Returns the kinds with these names, all kinds for "all", or the default kinds.
---@param named? string[]
---@return taggable.Kind[]
function taggable.named(named)
  local chosen = {}
  if named == nil or #named == 1 and named[1] == "all" then
    for _, kind in ipairs(KINDS) do
      if named or kind.usual then chosen[#chosen + 1] = kind end
    end
    return chosen
  end
  for _, name in ipairs(named) do
    local kind = BY_NAME[name]
    chosen[#chosen + 1] = kind or unknown(name)
  end
  if #chosen == 0 then error("the list of kinds is empty; leave it out for the default kinds", 0) end
  return chosen
end

---Returns the name of the kind of EC2 resources that an id belongs to by its prefix. Nil if the prefix is unknown.
---@param id string
---@return string?
function taggable.kind_of_id(id)
  -- The ids of fleets end with a UUID, which contains hyphens.
  return BY_PREFIX[id:match "^(.-)%-%x+$"] or BY_PREFIX[id:match "^(%l+)%-%x+%-"]
end

---Returns a kind by its name. Default: an EC2 kind, because all of them are tagged by the same call.
---@param name? string
---@return taggable.Kind
function taggable.of(name)
  return BY_NAME[name or "instance"] or taggable.named({ name })[1]
end

return taggable
