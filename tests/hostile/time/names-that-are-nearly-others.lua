-- expect: out of time or error or out of memory
-- The hint for a mistyped name compares texts.
local name = ("describe_vpc"):rep(1 << 16)
while true do
  pcall(function() return ec2[name] end)
  pcall(ec2.describe_vpcs, { [name] = 1 })
  pcall(require("moonfleet.host").nearest, name, { name .. "s" })
end
