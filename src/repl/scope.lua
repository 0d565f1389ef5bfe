-- The environment of the lines of a prompt: the kept locals, the variables of the function that called
-- `repl()`, and the globals. This code keeps its own references to the functions that it calls, because a
-- script can replace the globals.
local host = ...
local getinfo, getlocal, setlocal = debug.getinfo, debug.getlocal, debug.setlocal
local getupvalue, setupvalue = debug.getupvalue, debug.setupvalue
local running, setmetatable, globals = coroutine.running, setmetatable, _G
local library, service = host.in_library, host.service

-- Returns the level of the function that called `opener`, and that function. Returns nothing after a tail call, whose
-- frame is gone, and for the program's own functions, which are private.
local function caller(thread, opener)
  local level = 0
  while true do
    local info = getinfo(thread, level, "ft")
    if not info then return end
    if info.func == opener then
      local its = getinfo(thread, level + 1, "fS")
      if info.istailcall or not its or its.what == "C" or its.source == "=moonfleet" then return end
      return level + 1, its.func
    end
    level = level + 1
  end
end

-- Finds a variable by its name. Returns a function that reads it and one that sets it.
local function variable(thread, opener, name)
  local level, fn = caller(thread, opener)
  if not level then return end
  local last, at = nil, 1
  while true do
    local its = getlocal(thread, level, at)
    if not its then break end
    if its == name then last = at end
    at = at + 1
  end
  if last then
    return function()
      local _, value = getlocal(thread, level, last)
      return value
    end, function(value) setlocal(thread, level, last, value) end
  end
  at = 1
  while true do
    local its = getupvalue(fn, at)
    if not its then return end
    if its == name then break end
    at = at + 1
  end
  return function()
    local _, value = getupvalue(fn, at)
    return value
  end, function(value) setupvalue(fn, at, value) end
end

-- Returns an environment, a table that keeps locals when they are assigned, and the kept locals.
local function scope(find)
  local names, values = {}, {}
  local function get(_, name)
    if names[name] then return values[name] end
    local read = find(name)
    if read then return read() end
    local value = globals[name]
    if value == nil then value = library(name) end
    if value == nil then value = service(name) end
    return value
  end
  local function set(_, name, value)
    if names[name] then
      values[name] = value
      return
    end
    local _, write = find(name)
    if write then write(value) else globals[name] = value end
  end
  local function keep(_, name, value)
    names[name], values[name] = true, value
  end
  local environment = setmetatable({}, { __index = get, __newindex = set, __metatable = false })
  return environment, setmetatable({}, { __newindex = keep, __metatable = false }), values
end

function host.scope()
  return scope(function() end)
end

-- Returns the function `repl`; `open` is the host's function that runs the prompt.
function host.opener(open)
  local function repl()
    local thread = running()
    local environment, keep, values = scope(function(name) return variable(thread, repl, name) end)
    open(environment, keep, values)
    return
  end
  return repl
end
