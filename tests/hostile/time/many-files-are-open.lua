-- expect: done or error
local kept = {}
for n = 1, 100000 do
  local file, problem = io.open("script/hostile.lua")
  if not file then print(n, problem) break end
  kept[n] = file
end
print(pcall(ec2.describe_vpcs))
print(pcall(task.sleep, 0.01))
