-- expect: refused
aws.assume("arn:aws:iam::999999999999:role/reads-its-log", { session_name = "the-secret" }).ec2.describe_vpcs()
