-- expect: out of time
task.map({ 1, 2 }, function(n)
  if n == 1 then return ec2.describe_instances.all() end
  for _ in (("a"):rep(100000)):gmatch(".-.-.-.-b") do end
end)
