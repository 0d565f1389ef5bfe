-- Restrictions that a script cannot bypass. These functions keep their own references to the
-- functions that they call, because a script can replace globals.
local host = ...
local getmetatable, getinfo = debug.getmetatable, debug.getinfo
local rawload, rawloadfile, error, type = load, loadfile, error, type
local find, gsub, running = string.find, string.gsub, coroutine.running

-- Chunks must be text: Lua does not verify bytecode, which can corrupt the process.

function load(chunk, name, _, ...)
  -- The program recognizes its own chunks by these names.
  if type(name) == "string" and (find(name, "^=__mlua") or find(name, "^=moonfleet")) then
    error("load: the chunk name '" .. name .. "' is reserved; use another name", 2)
  end
  return rawload(chunk, name, "t", ...)
end

function loadfile(name, _, ...)
  return rawloadfile(name, "t", ...)
end

function dofile(name)
  local chunk, problem = rawloadfile(name, "t")
  if not chunk then error(problem, 0) end
  return chunk()
end

-- Only the reading functions of `debug` stay. A hook would replace the hook of the interrupt; locals,
-- upvalues, metatables and the registry belong to the program as well as to the script.

local traceback = debug.traceback
for name in pairs(debug) do debug[name] = nil end
debug.traceback = traceback

-- Removes `f` from the requested fields: a function on the stack can belong to the program.
local function allowed(what)
  if what == nil then return "Slnrtu" end
  return type(what) == "string" and (gsub(what, "f", "")) or what
end

-- Adds the level of `debug.getinfo` itself.
local function shifted(level)
  return type(level) == "number" and level >= 0 and level + 1 or level
end

function debug.getinfo(a, b, c)
  if type(a) ~= "thread" then return getinfo(shifted(a), allowed(b)) end
  return getinfo(a, a == running() and shifted(b) or b, allowed(c))
end

-- The strings, files and rows of scripts share their metatables with those of the program.

for _, shared in ipairs { getmetatable(""), getmetatable(io.stdout), host.rows } do
  shared.__metatable = false
end

if not host.contained then return end

-- Under --contain: no processes, and files only for reading.

local function refused(what, why)
  return function() host.refuse(what, why) end
end

io.popen = refused("io.popen", "it starts a process")
os.execute = refused("os.execute", "it starts a process")
os.remove = refused("os.remove", "it removes a file")
os.rename = refused("os.rename", "it renames a file")
os.tmpname = refused("os.tmpname", "it makes a file")
io.tmpfile = refused("io.tmpfile", "it makes a file")

local raw_refused = refused("io.write_raw", "it sends control characters to the terminal")
io.write_raw = raw_refused
getmetatable(io.stdout).__index.write_raw = raw_refused

local open, output = io.open, io.output
local open_refused = refused("io.open", "it opens a file for more than reading")
local output_refused = refused("io.output", "it opens a file for writing")

function io.open(name, mode)
  if mode ~= nil and mode ~= "r" and mode ~= "rb" then open_refused() end
  return open(name, mode)
end

function io.output(file)
  if type(file) == "string" or type(file) == "number" then output_refused() end
  return output(file)
end
