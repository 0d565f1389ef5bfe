-- expect: done
-- The program iterates with its own copies of the iterators.
next = function() error("mine") end
local seen = 0
for _ in pairs(ec2.describe_instances.all()[1]) do seen = seen + 1 end
for _ in pairs(select(2, pcall(ec2.describe_tags, { nothing = 1 }))) do seen = seen + 1 end
assert(seen > 10)
