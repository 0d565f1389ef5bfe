-- expect: refused
iam.simulate_principal_policy { policy_source_arn = "arn:aws:iam::999999999999:user/the-secret", action_names = { "ec2:RunInstances" } }
