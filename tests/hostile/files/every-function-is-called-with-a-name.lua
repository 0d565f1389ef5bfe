-- expect: any
-- A function that writes a file by name would have created one.
local seen, skip = {}, { [os.exit] = true, [io.read] = true, [io.lines] = true, [io.input] = true, [dofile] = true, [loadfile] = true, [io.close] = true, [coroutine.yield] = true }
local names = { "made.json", "made.csv", "made.md" }
local function walk(value, depth)
  if seen[value] or skip[value] or depth > 4 then return end
  seen[value] = true
  if type(value) == "function" then
    for _, name in pairs(names) do
      pcall(coroutine.wrap(function() value(name, { { a = 1 } }) end))
      pcall(coroutine.wrap(function() value({ { a = 1 } }, name) end))
      pcall(coroutine.wrap(function() value(name, "w") end))
    end
  elseif type(value) == "table" then
    local all = {}
    for name, inner in next, value do all[#all + 1] = inner end
    for _, inner in pairs(all) do walk(inner, depth + 1) end
  end
end
for _, name in pairs { "access", "csv", "imds", "json", "log", "powershell", "sh", "report", "time", "script", "fleet", "sweep" } do walk(_G[name], 1) end
walk(io, 1) walk(os, 1) walk(package, 1)
