-- expect: any
KEPT = {}
local size = 1 << 20
while size > 8 do
  if not pcall(function() KEPT[#KEPT + 1] = ("x"):rep(size) .. #KEPT end) then size = size // 2 end
end
local calls = {
  function() return ec2.describe_instances.all() end, function() return json.decode("[1,[2,{}]]") end,
  function() return time.now() end, function() return require("nothing") end, function() report.print { { a = 1 } } end,
  function() return task.map({ 1, 2 }, print) end, function() return tostring(select(2, pcall(ec2.x))) end,
  function() return csv.encode { { a = 1 } } end, function() return aws.session { region = "x" } end,
}
while true do for _, call in ipairs(calls) do pcall(call) end end
