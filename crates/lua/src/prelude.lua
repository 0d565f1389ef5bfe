-- Replacements of Lua's own functions. Calls of the host can wait, so these functions can
-- yield, which the originals in C cannot. Output raises an error if its pipe is closed.
local host = ...
local rawnext, rawread, rawwrite, rawsetmetatable = next, rawget, rawset, setmetatable
local getmetatable = debug.getmetatable
local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield
local running = coroutine.isyieldable
local pending, rows, force = host.pending, host.rows, host.rows.__force
local stdout, stderr, output, traceback = io.stdout, io.stderr, io.output, debug.traceback
local package = package
local table_pack, table_unpack, select, type, tostring, error = table.pack, table.unpack, select, type, tostring, error
local byte = string.byte
local pcall, xpcall, concat, rawgetmetatable = pcall, xpcall, table.concat, _G.getmetatable

-- Rows create their fields when they are read. These functions bypass metamethods, so they fill rows first.

function next(table, key)
  if getmetatable(table) == rows then force(table) end
  return rawnext(table, key)
end

function rawget(table, key)
  if getmetatable(table) == rows then force(table) end
  return rawread(table, key)
end

function rawset(table, key, value)
  if getmetatable(table) == rows then force(table) end
  return rawwrite(table, key, value)
end

function _G.getmetatable(table)
  if getmetatable(table) == rows then return nil end
  return rawgetmetatable(table)
end

function setmetatable(table, metatable)
  if getmetatable(table) == rows then force(table) end
  return rawsetmetatable(table, metatable)
end

-- A call that waits inside a coroutine of the script yields through all coroutines up to
-- the host, which resumes when the result is there. If the host cancels the call, it resumes with
-- a signal, which must reach the innermost call before anything else runs. mlua sends that signal
-- only to a chunk of this name, which is its own for calls that wait.

local forward = load([[
  local pending, resume, yield, running = ...
  local function forward(coroutine, ok, ...)
    if ok and (...) == pending and running() then
      local cancelled = yield(pending)
      if cancelled then
        resume(coroutine, cancelled)
        yield()
      end
      return forward(coroutine, resume(coroutine))
    end
    return ok, ...
  end
  return forward
]], "=__mlua_async_poll")(pending, resume, yield, running)

-- In nested coroutines the innermost one is interrupted first; without this check the outer ones
-- would start new coroutines before they are interrupted.
local interrupted = "interrupted"

function coroutine.resume(coroutine, ...)
  if host.interrupted then return false, interrupted end
  return forward(coroutine, resume(coroutine, ...))
end

local function unwrap(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

function coroutine.wrap(fn)
  local co = create(fn)
  return function(...)
    if host.interrupted then error(interrupted, 0) end
    return unwrap(forward(co, resume(co, ...)))
  end
end

-- The original `require` is in C and cannot yield, so a module could not call AWS while it loads.

function require(name)
  local loaded = package.loaded[name]
  if loaded ~= nil then return loaded end
  local tried = {}
  local searchers = package.searchers
  if type(searchers) ~= "table" then error("'package.searchers' must be a table", 2) end
  for at = 1, #searchers do
    local loader, data = searchers[at](name)
    if type(loader) == "function" then
      local module = loader(name, data)
      if module ~= nil then package.loaded[name] = module end
      if package.loaded[name] == nil then package.loaded[name] = true end
      return package.loaded[name], data
    elseif type(loader) == "string" then
      tried[#tried + 1] = loader
    end
  end
  error("module '" .. tostring(name) .. "' not found:" .. concat(tried), 2)
end

-- The library. At the prompt its modules are globals.
local require = require

function host.in_library(name)
  if type(name) == "string" and host.is_in_library(name) then return require(name) end
end

-- Extends a built-in module with functions of the library. They are loaded when a script names a
-- function that the built-in module lacks. While they load, they see the built-in module alone.
function host.extends(module, name, load)
  local is_loading = false
  return rawsetmetatable(module, {
    __index = function(_, key)
      if is_loading then return nil end
      is_loading = true
      local ok, more = pcall(load(), name)
      is_loading = false
      if not ok then error(more, 0) end
      for added, value in rawnext, more do
        if rawread(module, added) == nil then rawwrite(module, added, value) end
      end
      rawsetmetatable(module, nil)
      return rawread(module, key)
    end,
  })
end

-- Output.

local function check_written(ok, ...)
  if ok then return ok, ... end
  host.write_failed(...)
end

local files = getmetatable(stdout).__index
local write, flush = files.write, files.flush

local function write_raw(file, ...)
  local captured = host.captured
  if captured and (file == stdout or file == stderr) then
    captured(file == stderr, concat { ... })
    return file
  end
  if file ~= stdout then return write(file, ...) end
  local last = select(select("#", ...) + 1, nil, ...)
  if last ~= nil and last ~= "" then host.is_line_unfinished = type(last) ~= "string" or byte(last, -1) ~= 10 end
  return check_written(write(file, ...))
end

-- A terminal acts on control characters, so those in a script's text are made visible there. Captured output is
-- left alone: tests compare it, with or without a terminal.

local is_terminal = { [stdout] = host.stdout_is_terminal, [stderr] = host.stderr_is_terminal }
local visible = host.visible

function files.write(file, ...)
  if not is_terminal[file] or host.captured then return write_raw(file, ...) end
  local texts = table_pack(...)
  for at = 1, texts.n do
    if type(texts[at]) == "string" then texts[at] = visible(texts[at]) end
  end
  return write_raw(file, table_unpack(texts, 1, texts.n))
end

files.write_raw = write_raw
host.write_raw = write_raw

function io.write_raw(...)
  return output():write_raw(...)
end

-- Lua's `warn` writes to standard error directly. It keeps only its switch.
local native_warn, warns = warn, false

function warn(first, ...)
  if type(first) == "string" and byte(first) == 64 and select("#", ...) == 0 then
    if first == "@on" or first == "@off" then warns = first == "@on" end
    return native_warn(first)
  end
  local text = concat { first, ... }
  if warns then stderr:write("Lua warning: ", text, "\n") end
end

function files.flush(file)
  if file ~= stdout then return flush(file) end
  return check_written(flush(file))
end

function io.flush()
  return output():flush()
end

function print(...)
  local texts = table_pack(...)
  for at = 1, texts.n do texts[at] = tostring(texts[at]) end
  stdout:write(concat(texts, "\t"), "\n")
end

function io.write(...)
  return output():write(...)
end

function os.exit(code)
  host.exit(code)
end

-- Returns errors as values: on its way through the host, an error that is a table would become a string.

function host.guarded(fn)
  return function(...)
    return pcall(fn, ...)
  end
end

-- Wraps a function of the host that returns `false, error`: the error is raised here, so that it stays a table.
function host.raising(fn)
  return function(...)
    return unwrap(fn(...))
  end
end

-- For iteration by the program: a script may replace the global `next`.
host.next = next

-- Runs a chunk. Returns an error together with its traceback.
function host.run(fn, ...)
  return xpcall(fn, function(e) return { error = e, traceback = traceback(nil, 2) } end, ...)
end
