-- The option tables that the library's functions take: what a function knows it says once, and
-- what it does not know is an error that names the nearest.

local host = require "moonfleet.host"

local options = {}

---@class options.Spec
---@field [1] string The type: "string", "integer", "number", "boolean", "list", "map", "duration", "function" or "any".
---@field default? any
---@field required? boolean
---@field choices? string[] The only values that have a meaning, of a string or in a list.

local function is_list(value)
  if type(value) ~= "table" then return false end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count == #value
end

-- What each type takes, and what becomes of it.
local READ = {
  string = function(value) return type(value) == "string", value end,
  integer = function(value) return math.type(value) == "integer", value end,
  number = function(value) return type(value) == "number", value end,
  boolean = function(value) return type(value) == "boolean", value end,
  -- One is a list of one.
  list = function(value)
    if type(value) == "string" then return true, { value } end
    return is_list(value), value
  end,
  map = function(value) return type(value) == "table" and (next(value) == nil or #value == 0), value end,
  -- Seconds, from "30d" as well.
  duration = function(value)
    local ok, seconds = pcall(time.duration, value)
    return ok, seconds
  end,
  ["function"] = function(value) return type(value) == "function", value end,
  any = function(value) return true, value end,
}

local function sorted_names(known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function unknown(function_name, name, specs)
  local names = sorted_names(specs)
  local near = host.nearest(tostring(name), names)
  local hint = near and "; did you mean '" .. near .. "'?"
    or #names == 0 and "; it takes none"
    or "; known are " .. table.concat(names, ", ")
  error(function_name .. ": unknown option '" .. tostring(name) .. "'" .. hint, 0)
end

local function one_of(function_name, name, choices, value)
  for _, choice in ipairs(choices) do
    if choice == value then return end
  end
  local near = host.nearest(tostring(value), choices)
  local hint = near and "; did you mean '" .. near .. "'?" or ""
  local known = table.concat(choices, ", ")
  error(function_name .. ": option '" .. name .. "' must be one of " .. known .. ", not '" .. value .. "'" .. hint, 0)
end

local function value_of(function_name, name, spec, given)
  if given == nil then
    if spec.required then error(function_name .. ": option '" .. name .. "' is missing", 0) end
    return spec.default
  end
  local ok, value = READ[spec[1]](given)
  if not ok then
    local got = type(given) == "string" and "'" .. given .. "'" or type(given)
    error(function_name .. ": option '" .. name .. "': expected " .. spec[1] .. ", got " .. got, 0)
  end
  for _, one in ipairs(spec.choices and (type(value) == "table" and value or { value }) or {}) do
    one_of(function_name, name, spec.choices, one)
  end
  return value
end

---What a function was given, checked and with defaults.
---@param function_name string As in "volumes.unattached", for messages.
---@param given? table
---@param specs table<string, options.Spec>
---@return table<string, any>
function options.read(function_name, given, specs)
  if given == nil then given = {} end
  if type(given) ~= "table" then
    error(function_name .. ": its options must be a table, as in {name = value}, not a " .. type(given), 0)
  end
  for name in pairs(given) do
    if not specs[name] then unknown(function_name, name, specs) end
  end
  local read = {}
  for name, spec in pairs(specs) do read[name] = value_of(function_name, name, spec, given[name]) end
  return read
end

return options
