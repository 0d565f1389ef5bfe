-- What a script cannot do, whatever it tries. What stands here has its own hold on the
-- functions that it calls: a script may replace those that it finds.
local host = ...
local getmetatable, getinfo = debug.getmetatable, debug.getinfo
local rawload, rawloadfile, error, type = load, loadfile, error, type
local find, gsub, running = string.find, string.gsub, coroutine.running

-- Text only. Nobody checks bytecode before it runs, and it can do anything to the process.

function load(chunk, name, _, ...)
  -- By these names the program knows its own chunks.
  if type(name) == "string" and (find(name, "^=__mlua") or find(name, "^=moonfleet")) then
    error("load: '" .. name .. "' is a name of the program's own; call the chunk something else", 2)
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

-- Of `debug` stays what tells something. A hook would stand in the interrupt's place; locals,
-- upvalues, metatables and the registry are the program's as well as the script's.

local traceback = debug.traceback
for name in pairs(debug) do debug[name] = nil end
debug.traceback = traceback

-- A function that is found on the stack may be the program's.
local function visible(what)
  if what == nil then return "Slnrtu" end
  return type(what) == "string" and (gsub(what, "f", "")) or what
end

-- Levels count from who asks, and this function is one of them.
local function counted(level)
  return type(level) == "number" and level >= 0 and level + 1 or level
end

function debug.getinfo(a, b, c)
  if type(a) ~= "thread" then return getinfo(counted(a), visible(b)) end
  return getinfo(a, a == running() and counted(b) or b, visible(c))
end

-- Everybody's strings, files and rows share a metatable with the program's.

for _, shared in ipairs { getmetatable(""), getmetatable(io.stdout), host.rows } do
  shared.__metatable = false
end

if not host.contained then return end

-- No process, and no file but for reading.

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
