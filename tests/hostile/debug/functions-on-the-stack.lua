-- expect: done
-- The script must not get the program's own functions that are on the stack.
local function walk(co)
  for level = 0, 50 do
    local ok, info = pcall(debug.getinfo, co or level, co and level or "f", co and "f")
    assert(not ok or info == nil or info.func == nil, level)
    ok, info = pcall(debug.getinfo, level)
    assert(not ok or info == nil or info.func == nil, level)
  end
end
walk()
walk(coroutine.running())
task.map({ 1 }, function() walk(coroutine.running()) end)
table.sort({ 1, 2, 3 }, function(a, b) walk() return a < b end)
