-- Tests of scripts and modules, run by `moonfleet test`: what a test asserts, and what it can do
-- to the account in the sandbox that each test has for itself. The names are LuaUnit's.

local host = require "moonfleet.host"

local unit = {}

---@class unit.RunOptions
---@field output? string The format, as --output takes it.
---@field region? string
---@field profile? string
---@field read_only? boolean
---@field plan? boolean Changes are planned instead of made.
---@field yes? boolean False refuses what destroys, as a run without --yes does where nobody can be asked.

---What came of a script.
---@class unit.Ran
---@field code integer The exit code.
---@field rows table[] What it has printed last by `report.print`.
---@field stdout string
---@field stderr string

---@class unit.Fault
---@field code string AWS's code of the error.
---@field message? string
---@field status? integer The HTTP status, 400 if it is not said.
---@field times? integer How many calls fail, one if it is not said.

-- Values as a person reads them.

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  -- Numbers first: of different types there is no order.
  local function before(a, b)
    if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
    if type(a) ~= type(b) then return type(a) < type(b) end
    return tostring(a) < tostring(b)
  end
  table.sort(keys, before)
  return keys
end

local WIDE = 80

local function shown(value, indent, open)
  if type(value) == "string" then return (("%q"):format(value):gsub("\\\n", "\\n")) end
  if type(value) ~= "table" then return tostring(value) end
  open = open or {}
  if open[value] then return "{ itself }" end
  open[value] = true
  indent = indent or ""
  local inner = indent .. "  "
  local parts, position = {}, 1
  for _, key in ipairs(sorted_keys(value)) do
    local text = shown(value[key], inner, open)
    if key == position then
      position = position + 1
    elseif type(key) == "string" and key:find "^[%a_][%w_]*$" then
      text = key .. " = " .. text
    else
      text = "[" .. shown(key) .. "] = " .. text
    end
    parts[#parts + 1] = text
  end
  open[value] = nil
  if #parts == 0 then return "{}" end
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if #line + #indent <= WIDE and not line:find("\n", 1, true) then return line end
  return "{\n" .. inner .. table.concat(parts, ",\n" .. inner) .. ",\n" .. indent .. "}"
end

-- Comparing.

local MOST_DIFFERENCES = 8

local function step(path, key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" then return path .. "." .. key end
  return path .. "[" .. shown(key) .. "]"
end

-- Adds to `found` where two values differ. Pairs that are being compared are the same.
local function differences(actual, expected, path, found, open)
  if actual == expected then return found end
  if type(actual) ~= "table" or type(expected) ~= "table" then
    found[#found + 1] = { path = path, actual = actual, expected = expected }
    return found
  end
  if open[actual] == expected then return found end
  open[actual] = expected
  local keys = {}
  for key in pairs(expected) do keys[key] = true end
  for key in pairs(actual) do keys[key] = true end
  for _, key in ipairs(sorted_keys(keys)) do differences(actual[key], expected[key], step(path, key), found, open) end
  open[actual] = nil
  return found
end

local function is_same(actual, expected)
  return #differences(actual, expected, "", {}, {}) == 0
end

-- Where in a list something is.
---@return integer?
local function position(list, item)
  for at, other in ipairs(list) do
    if is_same(other, item) then return at end
  end
end

-- Failing. The error is of the line that has called the assertion.

local function fail(message, expectation)
  error((message and message .. "\n" or "") .. expectation, 3)
end

local function expected_and_actual(expected, actual)
  return "expected  " .. shown(expected, "          ") .. "\nactual    " .. shown(actual, "          ")
end

local function told(actual, expected)
  local text = expected_and_actual(expected, actual)
  if type(actual) ~= "table" or type(expected) ~= "table" then return text end
  local found = differences(actual, expected, "", {}, {})
  for at, difference in ipairs(found) do
    if at > MOST_DIFFERENCES then
      text = text .. "\n... and " .. (#found - MOST_DIFFERENCES) .. " differences more"
      break
    end
    local wanted, came = shown(difference.expected, "  "), shown(difference.actual, "  ")
    text = text .. "\nat " .. difference.path .. ": expected " .. wanted .. ", got " .. came
  end
  return text
end

---Tables are equal where all that is in them is.
---@param actual any
---@param expected any
---@param message? string
function unit.assert_equals(actual, expected, message)
  if not is_same(actual, expected) then fail(message, told(actual, expected)) end
end

---@param actual any
---@param expected any
---@param message? string
function unit.assert_not_equals(actual, expected, message)
  if is_same(actual, expected) then fail(message, "expected anything but " .. shown(actual)) end
end

---Lists of the same items, in any order.
---@param actual any[]
---@param expected any[]
---@param message? string
function unit.assert_items_equals(actual, expected, message)
  if type(actual) ~= "table" or type(expected) ~= "table" then fail(message, expected_and_actual(expected, actual)) end
  local left, extra = {}, {}
  for at = 1, #expected do left[at] = expected[at] end
  for _, item in ipairs(actual) do
    local at = position(left, item)
    if at then table.remove(left, at) else extra[#extra + 1] = item end
  end
  if #left + #extra > 0 then
    fail(message, "missing  " .. shown(left, "         ") .. "\nextra    " .. shown(extra, "         "))
  end
end

---@param value any
---@param message? string
function unit.assert_true(value, message)
  if value ~= true then fail(message, expected_and_actual(true, value)) end
end

---@param value any
---@param message? string
function unit.assert_false(value, message)
  if value ~= false then fail(message, expected_and_actual(false, value)) end
end

---@param value any
---@param message? string
function unit.assert_nil(value, message)
  if value ~= nil then fail(message, expected_and_actual(nil, value)) end
end

---@param value any
---@param message? string
function unit.assert_not_nil(value, message)
  if value == nil then fail(message, "expected anything but nil") end
end

---@param actual number
---@param expected number
---@param margin? number How far they may be apart; 1e-9 if it is not said.
---@param message? string
function unit.assert_almost_equals(actual, expected, margin, message)
  margin = margin or 1e-9
  local is_near = type(actual) == "number" and type(expected) == "number" and math.abs(actual - expected) <= margin
  if not is_near then fail(message, expected_and_actual(expected, actual) .. "\nmargin    " .. tostring(margin)) end
end

---@param text string
---@param part string As it is written: it is no pattern.
---@param message? string
function unit.assert_str_contains(text, part, message)
  if type(text) ~= "string" or not text:find(part, 1, true) then
    fail(message, "expected a text that has " .. shown(part) .. "\nactual   " .. shown(text))
  end
end

---@param text string
---@param part string As it is written: it is no pattern.
---@param message? string
function unit.assert_not_str_contains(text, part, message)
  if type(text) ~= "string" or text:find(part, 1, true) then
    fail(message, "expected a text without " .. shown(part) .. "\nactual   " .. shown(text))
  end
end

---The function has to raise an error. Gives the error.
---@param fn fun(...): any
---@param ... any What it is called with.
---@return any
function unit.assert_error(fn, ...)
  local ok, problem = pcall(fn, ...)
  if ok then fail(nil, "expected an error, and there was none") end
  return problem
end

---The function has to raise an error whose text has this part. Gives the error.
---@param part string As it is written: it is no pattern.
---@param fn fun(...): any
---@param ... any What it is called with.
---@return any
function unit.assert_error_contains(part, fn, ...)
  local ok, problem = pcall(fn, ...)
  if ok then fail(nil, "expected an error that has " .. shown(part) .. ", and there was none") end
  if not tostring(problem):find(part, 1, true) then
    fail(nil, "expected an error that has " .. shown(part) .. "\nactual   " .. tostring(problem))
  end
  return problem
end

-- The account.

local function in_a_test(name)
  return host[name] or error("unit." .. name .. ": there is no test: `moonfleet test` runs them", 3)
end

---Runs a script as the command line does, on the account of this test: one of the library by its
---name, one beside the test, or a file.
---@param name string
---@param args? table<string, any>
---@param options? unit.RunOptions
---@return unit.Ran
function unit.run(name, args, options)
  return in_a_test "script" (name, args or {}, options or {})
end

---Moves the time of the sandbox, and with it all that changes by itself there.
---@param time string|number As in "30d", or seconds.
function unit.advance(time)
  in_a_test "advance" (_G.time.duration(time))
end

---Lets the next calls of an operation fail.
---@param operation string As in "ec2.describe_volumes".
---@param fault unit.Fault
function unit.fail(operation, fault)
  local options = require "options"
  local read = options.read("unit.fail", fault, {
    code = { "string", required = true },
    message = { "string", default = "The test lets this call fail." },
    status = { "integer", default = 400 },
    times = { "integer", default = 1 },
  })
  in_a_test "fail"(operation, read.code, read.message, read.status, read.times)
end

-- Who knows LuaUnit writes assertEquals at first.
return setmetatable(unit, {
  __index = function(_, name)
    local names = {}
    for known in pairs(unit) do names[#names + 1] = known end
    table.sort(names)
    local near = host.nearest(tostring(name), names)
    local hint = near and "did you mean unit." .. near .. "?" or "help(unit) lists what there is"
    error("unit has no function '" .. tostring(name) .. "'; " .. hint, 2)
  end,
})
