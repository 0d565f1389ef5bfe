-- expect: done
-- The replies to other tasks, before the program has taken the secrets out of them.
local found = {}
for number = 3, 40 do
  local file = io.open("/proc/self/fd/" .. number)
  if file then found[#found + 1] = file end
end
if not found[1] then return end
task.map({ 1, 2 }, function(n)
  if n == 1 then return pcall(ec2.describe_instances) end
  task.sleep(0.2)
  local got = found[1]:read(1)
  error("the script has read a reply: " .. #(got or ""))
end)
