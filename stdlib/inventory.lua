-- Systems Manager inventory: the software that managed machines have reported.

local nodes = require "nodes"
local options = require "options"
local rows = require "rows"
local versions = require "versions"

local inventory = {}

---@class inventory.Filter
---@field key string For example "AWS:Application.Name".
---@field values string[]
---@field type? "Equal"|"NotEqual"|"BeginWith"|"LessThan"|"GreaterThan"

-- `InstalledTime` as `installed_time`, `DNSServer` as `dns_server`.
local function snake_case(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):gsub("(%u)(%u%l)", "%1_%2"):lower())
end

-- GetInventory also returns the last inventory of machines that are stopped or no longer exist.
local PRESENT = {
  key = "AWS:InstanceInformation.InstanceStatus",
  values = { "Stopped", "Terminated" },
  type = "NotEqual",
}

---@class inventory.EntriesOptions
---@field filters? inventory.Filter[] The filters select machines, with all their entries.
---@field all? boolean Include machines that are stopped or terminated.

---Returns a row for each inventory entry of a type. Fields have AWS's names in snake_case; `node` is the
---machine's name.
---@param type_name string For example "AWS:Application", "AWS:Network" or "Custom:…".
---@param opts? inventory.EntriesOptions
---@return table[]
function inventory.entries(type_name, opts)
  local settings = options.read("inventory.entries", opts, { filters = { "list" }, all = { "boolean" } })
  local name_of, found = nodes.namer(), {}
  local filters = { table.unpack(settings.filters or {}) }
  if not settings.all then filters[#filters + 1] = PRESENT end
  local request = { result_attributes = { { type_name = type_name } }, filters = #filters > 0 and filters or nil }
  for entity in ssm.get_inventory.items(request) do
    local id, item = entity.id or "", entity.data and entity.data[type_name]
    if not item then goto continue end
    for _, entry in ipairs(item.content) do
      local row = { node = name_of(id), instance_id = id, capture_time = item.capture_time }
      for key, value in pairs(entry) do row[snake_case(key)] = value end
      found[#found + 1] = row
    end
    ::continue::
  end
  return rows.sorted(found, "node", "instance_id", "name")
end

---@class inventory.Application
---@field name string
---@field version string
---@field publisher string
---@field architecture string
---@field node string The machine's name.
---@field instance_id string

---@class inventory.ApplicationOptions
---@field name? string
---@field begins? string The beginning of the name.
---@field version? string
---@field below? string Only versions lower than this one, compared as the package manager of each machine does.
---@field all? boolean Include machines that are stopped or terminated.

-- The version with epoch and release, which rpm reports apart from it.
local function whole_version(row)
  local version = row.version or ""
  local epoch, release = row.epoch or "", row.release or ""
  if release ~= "" and not version:find("-" .. release, 1, true) then version = version .. "-" .. release end
  if epoch:find "^%d+$" and not versions.has_epoch(version) then version = epoch .. ":" .. version end
  return version
end

-- Whether a version is lower than the wanted one. Without an epoch in the wanted version, the epoch does not count.
local function is_below(row, wanted, scheme)
  local version = whole_version(row)
  if not versions.has_epoch(wanted) then version = versions.without_epoch(version) end
  return versions.compare(version, wanted, scheme) < 0
end

-- The schemes of the managed machines, by their ids.
---@return table<string, versions.Scheme>
local function schemes()
  local by_id = {}
  for _, node in ipairs(nodes.managed()) do
    by_id[node.instance_id] = versions.scheme_of(node.platform_type, node.platform_name)
  end
  return by_id
end

---Returns the applications of all machines that match: `inventory.applications { name = "openssl", below = "3.2" }`.
---@param opts? inventory.ApplicationOptions
---@return inventory.Application[]
function inventory.applications(opts)
  local settings = options.read("inventory.applications", opts, {
    name = { "string" },
    begins = { "string" },
    version = { "string" },
    below = { "string" },
    all = { "boolean" },
  })
  local filters = {}
  if settings.name then filters[1] = { key = "AWS:Application.Name", values = { settings.name } } end
  if settings.begins then
    filters[#filters + 1] = { key = "AWS:Application.Name", values = { settings.begins }, type = "BeginWith" }
  end
  local found, scheme_of = {}, settings.below and schemes() or {}
  for _, row in ipairs(inventory.entries("AWS:Application", { filters = filters, all = settings.all })) do
    local version = row.version or ""
    local wanted = (not settings.name or row.name == settings.name)
      and (not settings.begins or row.name:sub(1, #settings.begins) == settings.begins)
      and (not settings.version or version == settings.version)
      and (not settings.below or is_below(row, settings.below, scheme_of[row.instance_id]))
    if wanted then found[#found + 1] = row end
  end
  return rows.sorted(found, "name", "version", "node", "instance_id")
end

---@class inventory.Count
---@field name string
---@field version string
---@field publisher string
---@field nodes integer The number of machines that have it.
---@field examples string[] The names (or ids) of the first three machines.

---Returns the number of machines for each version of each application.
---@param opts? inventory.ApplicationOptions
---@return inventory.Count[]
function inventory.versions(opts)
  local counts, by = json.list(), {}
  for _, row in ipairs(inventory.applications(opts)) do
    local key = row.name .. "\0" .. (row.version or "")
    local count = by[key]
    if not count then
      count = { name = row.name, version = row.version or "", publisher = row.publisher or "", nodes = 0 }
      count.examples = {}
      by[key] = count
      counts[#counts + 1] = count
    end
    count.nodes = count.nodes + 1
    local node = row.node ~= "" and row.node or row.instance_id
    if #count.examples < 3 then count.examples[#count.examples + 1] = node end
  end
  return counts
end

---Returns the number of machines for each value of an attribute, counted by AWS, without stopped machines:
---`inventory.count("AWS:InstanceInformation.PlatformName")`.
---@param expression string
---@return { value: string, count: integer }[]
function inventory.count(expression)
  local attribute = expression:match "%.([^.]+)$"
  if not attribute then error("inventory.count: expected TYPE.ATTRIBUTE, got '" .. expression .. "'", 0) end
  local counts = {}
  for entity in ssm.get_inventory.items { aggregators = { { expression = expression } }, filters = { PRESENT } } do
    for _, item in pairs(entity.data or {}) do
      for _, entry in ipairs(item.content) do
        counts[#counts + 1] = { value = entry[attribute], count = tonumber(entry.Count) }
      end
    end
  end
  return rows.sorted(counts, "value")
end

---Returns the managed machines that have not reported their applications.
---@return nodes.Node[]
function inventory.missing()
  local reported = {}
  for entity in ssm.get_inventory.items { result_attributes = { { type_name = "AWS:Application" } } } do
    reported[entity.id] = entity.data ~= nil and entity.data["AWS:Application"] ~= nil
  end
  local found = json.list()
  for _, node in ipairs(nodes.managed()) do
    if not reported[node.instance_id] then found[#found + 1] = node end
  end
  return found
end

return inventory
