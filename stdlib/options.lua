-- Checks the option tables of the library's functions. A function declares its options once; an unknown
-- option is an error that suggests the nearest name.

local host = require "moonfleet.host"

local options = {}

---@class options.Spec
---@field [1] string The type: "string", "integer", "number", "boolean", "list", "map", "duration", "function" or "any".
---@field default? any
---@field required? boolean
---@field choices? string[] The allowed values of a string, or of the items of a list.

local function is_list(value)
  if type(value) ~= "table" then return false end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count == #value
end

-- For each type: whether a value is valid, and the converted value.
local READ = {
  string = function(value) return type(value) == "string", value end,
  integer = function(value) return math.type(value) == "integer", value end,
  number = function(value) return type(value) == "number", value end,
  boolean = function(value) return type(value) == "boolean", value end,
  -- A string is a list of one item.
  list = function(value)
    if type(value) == "string" then return true, { value } end
    return is_list(value), value
  end,
  map = function(value) return type(value) == "table" and (next(value) == nil or #value == 0), value end,
  -- In seconds; also converts texts such as "30d".
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
    or #names == 0 and "; the function has no options"
    or "; known options: " .. table.concat(names, ", ")
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

local function value_of(function_name, name, spec, raw)
  if raw == nil then
    if spec.required then error(function_name .. ": option '" .. name .. "' is missing", 0) end
    return spec.default
  end
  local ok, value = READ[spec[1]](raw)
  if not ok then
    local got = type(raw) == "string" and "'" .. raw .. "'" or type(raw)
    error(function_name .. ": option '" .. name .. "': expected " .. spec[1] .. ", got " .. got, 0)
  end
  for _, one in ipairs(spec.choices and (type(value) == "table" and value or { value }) or {}) do
    one_of(function_name, name, spec.choices, one)
  end
  return value
end

-- A sweep passes the session to its function. A function of the library that is swept itself has no options then.
local function is_session(value)
  return type(value.whoami) == "function" and type(value.assume) == "function"
end

---Returns the options of a function, checked, converted and with defaults. A session counts as no options.
---@param function_name string The function's name for errors, for example "volumes.unattached".
---@param opts? table
---@param specs table<string, options.Spec>
---@return table<string, any>
function options.read(function_name, opts, specs)
  if opts == nil then opts = {} end
  if type(opts) ~= "table" then
    error(function_name .. ": its options must be a table such as {name = value}, not a " .. type(opts), 0)
  end
  if is_session(opts) then opts = {} end
  for name in pairs(opts) do
    if not specs[name] then unknown(function_name, name, specs) end
  end
  local settings = {}
  for name, spec in pairs(specs) do settings[name] = value_of(function_name, name, spec, opts[name]) end
  return settings
end

return options
