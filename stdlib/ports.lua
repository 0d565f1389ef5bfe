-- The rules of security groups: their ports, their sources, and the severity of a rule that admits the whole
-- internet.

local ports = {}

-- Services that must not be public: shells, consoles, databases, and services without authentication.
local SENSITIVE = {
  [21] = "FTP",
  [22] = "SSH",
  [23] = "Telnet",
  [135] = "RPC",
  [139] = "NetBIOS",
  [445] = "SMB",
  [1433] = "SQL Server",
  [1521] = "Oracle",
  [2049] = "NFS",
  [2375] = "Docker",
  [2376] = "Docker",
  [2379] = "etcd",
  [2380] = "etcd",
  [3306] = "MySQL",
  [3389] = "RDP",
  [5432] = "PostgreSQL",
  [5439] = "Redshift",
  [5601] = "Kibana",
  [5900] = "VNC",
  [5985] = "WinRM",
  [5986] = "WinRM",
  [6379] = "Redis",
  [6443] = "Kubernetes",
  [9042] = "Cassandra",
  [9092] = "Kafka",
  [9200] = "OpenSearch",
  [9300] = "OpenSearch",
  [10250] = "kubelet",
  [11211] = "Memcached",
  [27017] = "MongoDB",
}

local LAST = 65535

-- Prefix lengths up to which a range counts as the whole internet: two halves are as open as the whole, and
-- no private network is that large.
local WIDE = { ipv4 = 7, ipv6 = 15 }

---@class ports.Source
---@field cidr string
---@field family "ipv4"|"ipv6"
---@field description? string

---Returns whether an address range is the whole internet or a large part of it.
---@param cidr string
---@return boolean
function ports.is_world(cidr)
  local length = tonumber(cidr:match "/(%d+)$")
  return length ~= nil and length <= WIDE[ports.family(cidr)]
end

---Returns the address family of a range.
---@param cidr string
---@return "ipv4"|"ipv6"
function ports.family(cidr)
  return cidr:find(":", 1, true) and "ipv6" or "ipv4"
end

---Returns the sources of a rule that are the whole internet.
---@param rule table A rule as returned by DescribeSecurityGroups.
---@param prefix_lists? table<string, string[]> The address ranges of each prefix list, by its id.
---@return ports.Source[]
function ports.world_sources(rule, prefix_lists)
  local sources = {}
  local function add(cidr, description)
    if ports.is_world(cidr) then
      sources[#sources + 1] = { cidr = cidr, family = ports.family(cidr), description = description }
    end
  end
  for _, range in ipairs(rule.ip_ranges) do add(range.cidr_ip, range.description) end
  for _, range in ipairs(rule.ipv6_ranges) do add(range.cidr_ipv6, range.description) end
  for _, list in ipairs(rule.prefix_list_ids) do
    for _, cidr in ipairs(prefix_lists and prefix_lists[list.prefix_list_id] or {}) do add(cidr, list.description) end
  end
  return sources
end

local function has_ports(rule)
  return rule.ip_protocol == "tcp" or rule.ip_protocol == "udp"
end

local function range_of(rule)
  return rule.from_port or 0, rule.to_port or LAST
end

---Returns the protocol's name, or "all".
---@param rule table
---@return string
function ports.protocol(rule)
  return rule.ip_protocol == "-1" and "all" or rule.ip_protocol
end

---Returns the ports of a rule: "22", "8000-8100", "all", or "" if the protocol has no ports.
---@param rule table
---@return string
function ports.text(rule)
  if rule.ip_protocol == "-1" then return "all" end
  if not has_ports(rule) then return "" end
  local from, to = range_of(rule)
  if from == 0 and to == LAST then return "all" end
  return from == to and tostring(from) or from .. "-" .. to
end

---Returns the usual services on the ports of a rule, if they must not be public. Nil if there are none.
---@param rule table
---@return string?
function ports.service(rule)
  if not has_ports(rule) then return nil end
  local from, to = range_of(rule)
  local names, seen = {}, {}
  for port, name in pairs(SENSITIVE) do
    if port >= from and port <= to and not seen[name] then
      names[#names + 1] = name
      seen[name] = true
    end
  end
  table.sort(names)
  return #names > 0 and table.concat(names, ", ") or nil
end

---Converts a list of ports to a set. Raises an error if an item is not a port.
---@param list (integer|string)[]
---@return table<integer, true>
function ports.set(list)
  local set = {}
  for _, item in ipairs(list) do
    local port = math.tointeger(tonumber(item))
    if not port or port < 0 or port > LAST then
      error("'" .. tostring(item) .. "' is not a port; use a number from 0 to 65535", 0)
    end
    set[port] = true
  end
  return set
end

local function all_allowed(from, to, allowed)
  for port = from, to do
    if not allowed[port] then return false end
  end
  return true
end

---Returns the severity of a rule that admits the whole internet. Nil if all its ports are allowed.
---@param rule table
---@param allowed table<integer, true>
---@return ("critical"|"high"|"medium"|"info")?
function ports.severity(rule, allowed)
  if ports.text(rule) == "all" then return "critical" end
  if rule.ip_protocol:find "^icmp" then return "info" end
  if not has_ports(rule) then return "medium" end
  local from, to = range_of(rule)
  if all_allowed(from, to, allowed) then return nil end
  return ports.service(rule) and "high" or "medium"
end

return ports
