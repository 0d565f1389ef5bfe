-- `report.print` and `report.write` take an iterator, as of `ec2.describe_volumes.items{}`, in place
-- of records. The loop is Lua's own, because an iterator may wait for AWS.
local native = ...

local function each(rows, sink)
  -- Closed without its end, as by an error, it leaves no file.
  local open <close> = sink
  for row in rows do open:add(row) end
  open:finish()
end

local function print(rows, layout)
  native.learn()
  if type(rows) == "function" then return each(rows, native.open(nil, layout)) end
  return native.print(rows, layout)
end

local function write(path, rows, layout)
  native.learn(path)
  if type(rows) == "function" then return each(rows, native.open(path, layout)) end
  return native.write(path, rows, layout)
end

return print, write
