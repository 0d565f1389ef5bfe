-- expect: out of time
fleet.run({ ec2.describe_instances.all()[1].instance_id }, "true", { on_result = function() (("a"):rep(100000)):find(".-.-.-.-b") end })
