-- expect: any
ec2.describe_instances { filters = { ["tag:App"] = ("*"):rep(5000) .. "x" .. ("?*"):rep(2000) } }
