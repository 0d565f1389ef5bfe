-- expect: any
-- A function that reads a file by its name would return the text, or tell it in its error.
local skip, seen = { [os.exit] = true, [io.read] = true, [coroutine.yield] = true, [task.sleep] = true, [print] = true }, {}
local names = { "canary/file", ".aws/credentials", "script/leads/file" }
local function shown(value) return type(value) == "table" and next(value) and tostring(value[1] or next(value)) or tostring(value) end
local function walk(value, depth)
  if seen[value] or skip[value] or depth > 3 then return end
  seen[value] = true
  if type(value) == "function" then
    for _, name in ipairs(names) do
      local function call()
        local ok, result = pcall(value, name)
        print(ok, shown(result))
      end
      pcall(coroutine.wrap(call))
    end
  elseif type(value) == "table" then
    local all = {}
    for _, inner in next, value do all[#all + 1] = inner end
    for _, inner in ipairs(all) do walk(inner, depth + 1) end
  end
end
for _, name in ipairs { "access", "csv", "imds", "json", "log", "powershell", "sh", "report", "time", "fleet", "sweep", "package", "os", "utf8" } do walk(_G[name], 1) end
