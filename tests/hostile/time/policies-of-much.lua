-- expect: out of time or out of memory or error
local actions, patterns = {}, {}
for n = 1, 4000 do
  actions[n] = "ec2:" .. ("a"):rep(200)
  patterns[n] = "ec2:" .. ("*a"):rep(100) .. "b"
end
access.decide { policies = { { Statement = { { Effect = "Allow", Action = patterns, Resource = "*" } } } }, actions = actions }
