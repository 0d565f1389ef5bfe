-- `report.print` and `report.write` accept an iterator, for example `ec2.describe_volumes.items{}`,
-- instead of records. The loop is in Lua, because an iterator can wait for AWS.
local native = ...

local function each(rows, sink)
  -- If an error closes it before its end, it leaves no file.
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
