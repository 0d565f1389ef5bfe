-- expect: refused
ec2.describe_instances { filters = { { name = "iam-instance-profile.arn", values = { "x", "arn:aws:iam::999999999999:instance-profile/the-secret" } } } }
