-- Inventory: what is installed on the managed machines, as they have reported it.

local nodes = require "nodes"
local options = require "options"
local rows = require "rows"

local inventory = {}

---@class inventory.Filter
---@field key string As in "AWS:Application.Name".
---@field values string[]
---@field type? "Equal"|"NotEqual"|"BeginWith"|"LessThan"|"GreaterThan"

-- `InstalledTime` as `installed_time`, `DNSServer` as `dns_server`.
local function snake_case(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):gsub("(%u)(%u%l)", "%1_%2"):lower())
end

---All entries of a type, one row each, with the names that AWS gives them in snake_case; the
---machine's own name is `node`.
---@param type_name string As in "AWS:Application", "AWS:Network" or "Custom:…".
---@param given? { filters?: inventory.Filter[] } Which machines; all their entries are told.
---@return table[]
function inventory.entries(type_name, given)
  local asked = options.read("inventory.entries", given, { filters = { "list" } })
  local name_of, found = nodes.namer(), {}
  local request = { result_attributes = { { type_name = type_name } }, filters = asked.filters }
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

---Which of two versions is the lower: numbers by their size, all else as text.
---@param a string
---@param b string
---@return -1|0|1
function inventory.compare_versions(a, b)
  local function parts(version)
    local list = {}
    for number, word in version:gmatch "(%d*)(%a*)" do
      if number ~= "" then list[#list + 1] = tonumber(number) end
      if word ~= "" then list[#list + 1] = word end
    end
    return list
  end
  local left, right = parts(a), parts(b)
  for at = 1, math.max(#left, #right) do
    local one, other = left[at], right[at]
    if one == nil then return type(other) == "string" and 1 or -1 end
    if other == nil then return type(one) == "string" and -1 or 1 end
    -- A word is before a number: 1.0rc1 before 1.0.1.
    if type(one) ~= type(other) then return type(one) == "string" and -1 or 1 end
    if one ~= other then return one < other and -1 or 1 end
  end
  return 0
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
---@field begins? string What the name begins with.
---@field version? string
---@field below? string Only versions that are lower.

---The applications of all machines, or who has one: `inventory.applications { name = "openssl", below = "3.2" }`.
---@param given? inventory.ApplicationOptions
---@return inventory.Application[]
function inventory.applications(given)
  local asked = options.read("inventory.applications", given, {
    name = { "string" },
    begins = { "string" },
    version = { "string" },
    below = { "string" },
  })
  local filters = {}
  if asked.name then filters[1] = { key = "AWS:Application.Name", values = { asked.name } } end
  if asked.begins then
    filters[#filters + 1] = { key = "AWS:Application.Name", values = { asked.begins }, type = "BeginWith" }
  end
  local found = {}
  for _, row in ipairs(inventory.entries("AWS:Application", { filters = #filters > 0 and filters or nil })) do
    local version = row.version or ""
    local wanted = (not asked.name or row.name == asked.name)
      and (not asked.begins or row.name:sub(1, #asked.begins) == asked.begins)
      and (not asked.version or version == asked.version)
      and (not asked.below or inventory.compare_versions(version, asked.below) < 0)
    if wanted then found[#found + 1] = row end
  end
  return rows.sorted(found, "name", "version", "node", "instance_id")
end

---@class inventory.Count
---@field name string
---@field version string
---@field publisher string
---@field nodes integer How many machines have it.
---@field examples string[] The names of the first three, or their ids.

---How many machines have which version of which application.
---@param given? inventory.ApplicationOptions
---@return inventory.Count[]
function inventory.versions(given)
  local counts, by = {}, {}
  for _, row in ipairs(inventory.applications(given)) do
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

---How many machines have which value, counted by AWS: `inventory.count("AWS:InstanceInformation.PlatformName")`.
---@param expression string
---@return { value: string, count: integer }[]
function inventory.count(expression)
  local attribute = expression:match "%.([^.]+)$"
  if not attribute then error("inventory.count: expected TYPE.ATTRIBUTE, got '" .. expression .. "'", 0) end
  local counts = {}
  for entity in ssm.get_inventory.items { aggregators = { { expression = expression } } } do
    for _, item in pairs(entity.data or {}) do
      for _, entry in ipairs(item.content) do
        counts[#counts + 1] = { value = entry[attribute], count = tonumber(entry.Count) }
      end
    end
  end
  return rows.sorted(counts, "value")
end

---The managed machines that have told nothing of what is installed on them.
---@return nodes.Node[]
function inventory.missing()
  local told = {}
  for entity in ssm.get_inventory.items { result_attributes = { { type_name = "AWS:Application" } } } do
    told[entity.id] = entity.data ~= nil and entity.data["AWS:Application"] ~= nil
  end
  local found = {}
  for _, node in ipairs(nodes.managed()) do
    if not told[node.instance_id] then found[#found + 1] = node end
  end
  return found
end

return inventory
