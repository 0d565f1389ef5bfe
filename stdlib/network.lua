-- Network exposure: open ports of security groups, instances with public addresses, and unused elastic
-- addresses.

local arn = require "arn"
local findings = require "findings"
local list = require "list"
local options = require "options"
local ports = require "ports"
local rows = require "rows"
local tags = require "tags"

local network = {}

---US dollars per hour for a public IPv4 address, used or not: AWS's price in all regions of the partition `aws`.
network.ADDRESS_PRICE = 0.005

local HOURS_A_MONTH = 730

-- HTTP and HTTPS are usually public on purpose.
local ALLOWED = { 80, 443 }

---@class network.OpenPort: findings.Finding
---@field group_id string
---@field vpc_id? string
---@field protocol string "tcp", "udp", "icmp", "all" …
---@field ports string For example "22", "8000-8100" or "all".
---@field source string For example "0.0.0.0/0".
---@field description string The rule's description.
---@field interfaces integer The number of network interfaces in the group.
---@field tags table<string, string>

---@class network.OpenPortsOptions
---@field tags? tags.Wanted Tags of the groups.
---@field vpc? string|string[]
---@field allowed? integer[] Ports that may be open. Default: { 80, 443 }.

local function interfaces_by_group()
  local counts = {}
  for interface in ec2.describe_network_interfaces.items() do
    for _, group in ipairs(interface.groups) do counts[group.group_id] = (counts[group.group_id] or 0) + 1 end
  end
  return counts
end

-- The address ranges of the prefix lists in the rules. A list that the caller cannot read becomes a finding.
local function prefix_lists(groups, found)
  local ids, lists = {}, {}
  for _, group in ipairs(groups) do
    for _, rule in ipairs(group.ip_permissions) do
      for _, named in ipairs(rule.prefix_list_ids) do
        if not lists[named.prefix_list_id] then ids[#ids + 1] = named.prefix_list_id end
        lists[named.prefix_list_id] = {}
      end
    end
  end
  local _, errors = task.map(ids, function(id)
    for entry in ec2.get_managed_prefix_list_entries.items { prefix_list_id = id } do
      table.insert(lists[id], entry.cidr)
    end
  end, { on_error = "collect" })
  for _, failure in ipairs(errors) do
    local detail = "Prefix list " .. failure.item .. " could not be read: " .. tostring(failure.error)
    found[#found + 1] = findings.new({ name = failure.item }, "medium", "not-visible", detail)
  end
  return lists
end

-- The rules of a group that admit the whole internet, one entry for each such source.
local function openings(group, allowed, lists)
  local found = {}
  for _, rule in ipairs(group.ip_permissions) do
    local severity = ports.severity(rule, allowed)
    for _, source in ipairs(severity and ports.world_sources(rule, lists) or {}) do
      found[#found + 1] = { rule = rule, source = source, severity = severity }
    end
  end
  return found
end

-- "Port 22 (SSH)", "All traffic".
local function in_words(rule)
  local text, service = ports.text(rule), ports.service(rule)
  if text == "" then return "Protocol " .. rule.ip_protocol end
  if text == "all" then return rule.ip_protocol == "-1" and "All traffic" or "Every port" end
  return "Port " .. text .. (service and " (" .. service .. ")" or "")
end

local function open_port(group, opening, interfaces)
  local about = {
    name = group.tags.Name or group.group_name,
    group_id = group.group_id,
    vpc_id = group.vpc_id,
    protocol = ports.protocol(opening.rule),
    ports = ports.text(opening.rule),
    source = opening.source.cidr,
    description = opening.source.description or "",
    interfaces = interfaces,
    tags = group.tags,
  }
  local unused = interfaces == 0 and ", but no network interface uses the group" or ""
  local open = in_words(opening.rule) .. " is open to " .. opening.source.cidr
  local detail = open .. unused .. "; allow only the sources that need it."
  -- A group without network interfaces exposes nothing until an interface joins it.
  return findings.new(about, interfaces == 0 and "low" or opening.severity, "open-port", detail)
end

---Returns a finding for each rule and source of a security group that admits the whole internet: critical
---for all ports, high for services that must not be public (shells, databases, consoles), otherwise medium;
---low if no network interface uses the group.
---@param opts? network.OpenPortsOptions
---@return findings.Finding[]
function network.open_ports(opts)
  local settings = options.read("network.open_ports", opts, {
    tags = { "map" },
    vpc = { "list" },
    allowed = { "list", default = ALLOWED },
  })
  local filters, allowed = tags.filters(settings.tags, { ["vpc-id"] = settings.vpc }), ports.set(settings.allowed)
  local known = task.all {
    groups = function() return ec2.describe_security_groups.all { filters = filters } end,
    interfaces = interfaces_by_group,
  }
  local found = {}
  local lists = prefix_lists(known.groups, found)
  for _, group in ipairs(known.groups) do
    if tags.lacks(group.tags, settings.tags) then
      for _, opening in ipairs(openings(group, allowed, lists)) do
        found[#found + 1] = open_port(group, opening, known.interfaces[group.group_id] or 0)
      end
    end
  end
  return findings.sorted(found, "group_id", "ports", "source")
end

---@class network.PublicOptions
---@field tags? tags.Wanted
---@field state? string|string[] Default: all states except terminated.
---@field vpc? string|string[]
---@field allowed? integer[] Ports that may be open. Default: { 80, 443 }.

-- The ports of an instance that the internet can reach: each interface has its own addresses and groups.
local function reachable(instance, groups, allowed, lists)
  local severity, texts, seen = "info", {}, {}
  local function admit(opening)
    severity = findings.graver(severity, opening.severity)
    local text = in_words(opening.rule)
    if not seen[text] then texts[#texts + 1] = text end
    seen[text] = true
  end
  for _, interface in ipairs(instance.interfaces) do
    local families = { ipv4 = #interface.public_ips > 0, ipv6 = #interface.ipv6_addresses > 0 }
    for _, id in ipairs(interface.security_groups) do
      for _, opening in ipairs(groups[id] and openings(groups[id], allowed, lists) or {}) do
        if families[opening.source.family] then admit(opening) end
      end
    end
  end
  table.sort(texts)
  return severity, texts
end

local function public_instance(instance, severity, open)
  local addresses = list.flatten { instance.public_ips, instance.ipv6_addresses }
  local is_one = #addresses == 1
  local subject = (is_one and "Public address " or "Public addresses ") .. table.concat(addresses, ", ")
  local detail = subject .. (is_one and " has" or " have") .. " no unexpected open ports; remove "
    .. (is_one and "the address if it is" or "the addresses that are") .. " not needed."
  if #open > 0 then
    detail = subject .. (is_one and " is" or " are") .. " open to the internet: " .. table.concat(open, ", ")
      .. "; restrict " .. (is_one and "its" or "their") .. " security groups."
  end
  return findings.new(rows.merged(instance, { open_ports = open }), severity, "public-instance", detail)
end

---Returns a finding for each instance with a public IPv4 address or an IPv6 address on any of its network interfaces.
---The severity is that of the worst rule in the security groups of these interfaces. Routes and network ACLs, which can
---block the traffic, are not considered.
---@param opts? network.PublicOptions
---@return findings.Finding[]
function network.public_instances(opts)
  local settings = options.read("network.public_instances", opts, {
    tags = { "map" },
    state = { "list" },
    vpc = { "list" },
    allowed = { "list", default = ALLOWED },
  })
  local allowed = ports.set(settings.allowed)
  local known = task.all {
    instances = function()
      return fleet.instances { tags = settings.tags, state = settings.state, vpc = settings.vpc }
    end,
    groups = ec2.describe_security_groups.all,
  }
  local groups, found = {}, {}
  for _, group in ipairs(known.groups) do groups[group.group_id] = group end
  local lists = prefix_lists(known.groups, found)
  for _, instance in ipairs(known.instances) do
    if instance.public_ip or #instance.ipv6_addresses > 0 then
      found[#found + 1] = public_instance(instance, reachable(instance, groups, allowed, lists))
    end
  end
  return findings.sorted(found, "instance_id")
end

---@class network.Address
---@field name string
---@field public_ip string
---@field allocation_id string
---@field instance_id? string The instance that uses the address, if any.
---@field network_interface_id? string
---@field instance_state? string
---@field usd_month? number The cost per month; 0 for an address of one's own range. Nil if the price is unknown.
---@field tags table<string, string>

---@class network.AddressOptions
---@field tags? tags.Wanted
---@field usd_hour? number The price of an address. Default: `network.ADDRESS_PRICE`.

local ADDRESSES = { tags = { "map" }, usd_hour = { "number" } }

-- Addresses of ranges that were brought to AWS, or that an Outpost has, cost nothing (Amazon VPC's price list).
local function is_own(address)
  return address.customer_owned_ip ~= nil or (address.public_ipv4_pool or ""):find "^ipv4pool%-ec2%-" ~= nil
end

local function cost_of(address, usd_hour)
  if is_own(address) then return 0 end
  -- The price in China and GovCloud is another one.
  local price = usd_hour or arn.partition_of(aws.region) == "aws" and network.ADDRESS_PRICE or nil
  return price and price * HOURS_A_MONTH
end

local function states_of(addresses)
  local ids, states = {}, {}
  for _, address in ipairs(addresses) do
    if address.instance_id and address.instance_id ~= "" then ids[#ids + 1] = address.instance_id end
  end
  if #ids == 0 then return states end
  for _, instance in ipairs(fleet.instances { ids = ids }) do states[instance.instance_id] = instance.state end
  return states
end

---Returns a flat record for each elastic address.
---@param opts? network.AddressOptions
---@return network.Address[]
function network.addresses(opts)
  local settings = options.read("network.addresses", opts, ADDRESSES)
  local addresses = ec2.describe_addresses.all { filters = tags.filters(settings.tags) }
  local states, found = states_of(addresses), {}
  for _, address in ipairs(addresses) do
    if tags.lacks(address.tags, settings.tags) then
      local instance_id = address.instance_id ~= "" and address.instance_id or nil
      found[#found + 1] = {
        name = rows.name(address.tags),
        public_ip = address.public_ip,
        allocation_id = address.allocation_id,
        instance_id = instance_id,
        network_interface_id = address.network_interface_id,
        instance_state = instance_id and states[instance_id],
        usd_month = cost_of(address, settings.usd_hour),
        tags = address.tags,
      }
    end
  end
  return list.sort_by(found, "name", "public_ip")
end

---Returns a finding for each elastic address that is unused or belongs to an instance that is not running.
---@param opts? network.AddressOptions
---@return findings.Finding[]
function network.unused_addresses(opts)
  options.read("network.unused_addresses", opts, ADDRESSES)
  local found = {}
  for _, row in ipairs(network.addresses(opts)) do
    local cost = "; "
    if row.usd_month then cost = (" costs %.2f USD per month; "):format(row.usd_month) end
    local is_unused = not (row.instance_id or row.network_interface_id)
    if row.usd_month == 0 then
      if is_unused then
        local detail = "Unused address " .. row.public_ip
          .. " is of your own range and costs nothing; release it if it is not needed."
        found[#found + 1] = findings.new(row, "info", "unused-address", detail)
      end
    elseif is_unused then
      local detail = "Unused address " .. row.public_ip .. cost .. "release it unless external firewalls allow it."
      found[#found + 1] = findings.new(row, "low", "unused-address", detail)
    elseif row.instance_state and row.instance_state ~= "running" and row.instance_state ~= "pending" then
      local of = " of the " .. row.instance_state .. " instance " .. row.instance_id
      local detail = "Address " .. row.public_ip .. of .. cost .. "release it if the instance does not start again."
      found[#found + 1] = findings.new(row, "low", "idle-address", detail)
    end
  end
  return findings.sorted(found, "public_ip")
end

return network
