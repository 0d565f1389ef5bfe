-- expect: done or exit 2 or out of time
if io.open == io.lines then
  local found = {}
  for _, name in ipairs { "canary/module.lua", "script/modules/kept.lua", "script/hostile.lua", "/etc/hostname", ".aws/credentials" } do
    if rawget(_G, "loadfile") then found[#found + 1] = tostring(select(2, loadfile(name))) end
    if rawget(_G, "dofile") then found[#found + 1] = tostring(select(2, pcall(dofile, name))) end
  end
  for _, problem in ipairs(found) do assert(problem == "nil" or problem:find("ermission denied", 1, true), problem) end
end
return script { summary = "List nothing.", risk = "read", run = function() end }
