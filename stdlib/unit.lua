-- Tests of scripts and modules, run by `moonfleet test`: assertions, and functions that act on the sandbox
-- account, of which each test has its own. The names of the assertions are LuaUnit's.

local host = require "moonfleet.host"

local unit = {}

---@class unit.RunOptions
---@field output? string A format of --output.
---@field region? string
---@field profile? string
---@field read_only? boolean
---@field plan? boolean Changes are planned instead of made.
---@field yes? boolean False refuses destructive calls, like a run without --yes and without a terminal.

---The result of a script.
---@class unit.ScriptResult
---@field code integer The exit code.
---@field rows table[] The rows of its last `report.print`.
---@field stdout string
---@field stderr string

---@class unit.ApiError
---@field code string The AWS error code.
---@field message? string
---@field status? integer The HTTP status. Default: 400.
---@field times? integer The number of calls that fail. Default: 1.

-- Formatting of values.

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  -- Values of different types have no order, so the types are ordered first.
  local function before(a, b)
    if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
    if type(a) ~= type(b) then return type(a) < type(b) end
    return tostring(a) < tostring(b)
  end
  table.sort(keys, before)
  return keys
end

local MAX_WIDTH = 80

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
  if #line + #indent <= MAX_WIDTH and not line:find("\n", 1, true) then return line end
  return "{\n" .. inner .. table.concat(parts, ",\n" .. inner) .. ",\n" .. indent .. "}"
end

-- Comparing.

local MAX_DIFFERENCES = 8

local function step(path, key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" then return path .. "." .. key end
  return path .. "[" .. shown(key) .. "]"
end

-- Adds the differences of two values to `found`. Pairs that are already being compared count as equal.
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

-- Returns the position of an item in a list.
---@return integer?
local function position(list, item)
  for at, other in ipairs(list) do
    if is_same(other, item) then return at end
  end
end

-- Failing. The error has the position of the line that called the assertion.

local function fail(message, expectation)
  error((message and message .. "\n" or "") .. expectation, 3)
end

local function expected_and_actual(expected, actual)
  return "expected  " .. shown(expected, "          ") .. "\nactual    " .. shown(actual, "          ")
end

local function describe_difference(actual, expected)
  local text = expected_and_actual(expected, actual)
  if type(actual) ~= "table" or type(expected) ~= "table" then return text end
  local found = differences(actual, expected, "", {}, {})
  for at, difference in ipairs(found) do
    if at > MAX_DIFFERENCES then
      text = text .. "\n... and " .. (#found - MAX_DIFFERENCES) .. " more"
      break
    end
    local wanted, got = shown(difference.expected, "  "), shown(difference.actual, "  ")
    text = text .. "\nat " .. difference.path .. ": expected " .. wanted .. ", got " .. got
  end
  return text
end

---Asserts that two values are equal. Tables are compared by their contents.
---@param actual any
---@param expected any
---@param message? string
function unit.assert_equals(actual, expected, message)
  if not is_same(actual, expected) then fail(message, describe_difference(actual, expected)) end
end

---Asserts that two values are not equal.
---@param actual any
---@param expected any
---@param message? string
function unit.assert_not_equals(actual, expected, message)
  if is_same(actual, expected) then fail(message, "expected anything but " .. shown(actual)) end
end

---Asserts that two lists have the same items, in any order.
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

---Asserts that a value is true.
---@param value any
---@param message? string
function unit.assert_true(value, message)
  if value ~= true then fail(message, expected_and_actual(true, value)) end
end

---Asserts that a value is false.
---@param value any
---@param message? string
function unit.assert_false(value, message)
  if value ~= false then fail(message, expected_and_actual(false, value)) end
end

---Asserts that a value is nil.
---@param value any
---@param message? string
function unit.assert_nil(value, message)
  if value ~= nil then fail(message, expected_and_actual(nil, value)) end
end

---Asserts that a value is not nil.
---@param value any
---@param message? string
function unit.assert_not_nil(value, message)
  if value == nil then fail(message, "expected anything but nil") end
end

---Asserts that two numbers differ by at most a margin.
---@param actual number
---@param expected number
---@param margin? number The maximum difference. Default: 1e-9.
---@param message? string
function unit.assert_almost_equals(actual, expected, margin, message)
  margin = margin or 1e-9
  local is_near = type(actual) == "number" and type(expected) == "number" and math.abs(actual - expected) <= margin
  if not is_near then fail(message, expected_and_actual(expected, actual) .. "\nmargin    " .. tostring(margin)) end
end

---Asserts that a text contains a part.
---@param text string
---@param part string A literal text, not a pattern.
---@param message? string
function unit.assert_str_contains(text, part, message)
  if type(text) ~= "string" or not text:find(part, 1, true) then
    fail(message, "expected a text with " .. shown(part) .. "\nactual   " .. shown(text))
  end
end

---Asserts that a text does not contain a part.
---@param text string
---@param part string A literal text, not a pattern.
---@param message? string
function unit.assert_not_str_contains(text, part, message)
  if type(text) ~= "string" or text:find(part, 1, true) then
    fail(message, "expected a text without " .. shown(part) .. "\nactual   " .. shown(text))
  end
end

---Asserts that a function raises an error, and returns the error.
---@param fn fun(...): any
---@param ... any The arguments of the function.
---@return any
function unit.assert_error(fn, ...)
  local ok, problem = pcall(fn, ...)
  if ok then fail(nil, "expected an error, but there was none") end
  return problem
end

---Asserts that a function raises an error whose text contains a part, and returns the error.
---@param part string A literal text, not a pattern.
---@param fn fun(...): any
---@param ... any The arguments of the function.
---@return any
function unit.assert_error_contains(part, fn, ...)
  local ok, problem = pcall(fn, ...)
  if ok then fail(nil, "expected an error with " .. shown(part) .. ", but there was none") end
  if not tostring(problem):find(part, 1, true) then
    fail(nil, "expected an error with " .. shown(part) .. "\nactual   " .. tostring(problem))
  end
  return problem
end

-- The account.

local function in_a_test(name)
  return host[name] or error("unit." .. name .. " works only in a test; run it with `moonfleet test`", 3)
end

---Runs a script as the command line does, on this test's account. The script is one of the library, one beside
---the test, or a file.
---@param name string
---@param args? table<string, any>
---@param options? unit.RunOptions
---@return unit.ScriptResult
function unit.run(name, args, options)
  return in_a_test "script" (name, args or {}, options or {})
end

---Moves the sandbox's clock forward. Changes that take time there, for example starting instances, progress.
---@param time string|number A duration such as "30d", or a number of seconds.
function unit.advance(time)
  in_a_test "advance" (_G.time.duration(time))
end

---Makes the next calls of an operation fail.
---@param operation string For example "ec2.describe_volumes".
---@param api_error unit.ApiError
function unit.fail(operation, api_error)
  local options = require "options"
  local settings = options.read("unit.fail", api_error, {
    code = { "string", required = true },
    message = { "string", default = "The test lets this call fail." },
    status = { "integer", default = 400 },
    times = { "integer", default = 1 },
  })
  in_a_test "fail"(operation, settings.code, settings.message, settings.status, settings.times)
end

---Answers an operation of any service for the rest of the test, also in scripts that `unit.run` runs. Waiters and
---machines still see the sandbox.
---@param operation string With the name of its service, for example "rds.describe_db_instances".
---@param answer table|fun(input: table): table? The response, checked against its declared fields, or a function that gets the input as it is sent and returns the response.
function unit.answer(operation, answer)
  in_a_test "answer"(operation, answer)
end

-- Users of LuaUnit may write assertEquals.
return setmetatable(unit, {
  __index = function(_, name)
    local names = {}
    for known in pairs(unit) do names[#names + 1] = known end
    table.sort(names)
    local near = host.nearest(tostring(name), names)
    local hint = near and "did you mean unit." .. near .. "?" or "help(unit) lists its functions"
    error("unit has no function '" .. tostring(name) .. "'; " .. hint, 2)
  end,
})
