-- expect: done or out of time
-- The parent has the environment and the keys; its number is a guess.
local read = 0
for pid = 1, 40000 do
  for _, name in ipairs { "environ", "mem", "cwd/canary/file", "fd/3" } do
    local file = io.open("/proc/" .. pid .. "/" .. name)
    -- The process's own pipes are the only ones that it could open by such a name.
    if file and name ~= "fd/3" then read = read + 1 end
  end
end
print(read == 0 and "none" or "CANARY" .. "-7f3a")
