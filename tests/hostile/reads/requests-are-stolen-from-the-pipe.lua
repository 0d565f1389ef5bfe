-- expect: done
-- Requests wait in the pipe while the parent is busy. What this reads there, the parent misses: it would take the
-- text of the next request for a message, here for one that ends the run with the code 42.
local message = "\4\0\0\0\6\0\42\0"
local function pipe()
  local found = {}
  for number = 3, 40 do
    local file = io.open("/proc/self/fd/" .. number)
    if file then found[#found + 1] = file end
  end
  return found[2]
end
local file = pipe()
if not file then return end
local list = {}
for n = 1, 40 do list[n] = n end
task.map(list, function(n)
  if n < 40 then pcall(ec2.describe_vpcs, { vpc_ids = { "y" .. message:rep(750) } }) else file:read(4096) end
end, { limit = 40 })
