-- expect: out of time or done or error
access.decide { policies = { { Statement = { { Effect = "Allow", Action = "ec2:" .. ("*a*"):rep(20000) .. "b", Resource = "*" } } } }, actions = { "ec2:" .. ("a"):rep(60000) } }
