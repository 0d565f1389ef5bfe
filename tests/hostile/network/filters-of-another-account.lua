-- expect: refused
ec2.describe_instances { filters = { ["iam-instance-profile.arn"] = "arn:aws:iam::999999999999:instance-profile/the-secret" } }
