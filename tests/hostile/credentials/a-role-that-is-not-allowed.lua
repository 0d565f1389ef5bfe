-- expect: refused
aws.assume("arn:aws:iam::210987654321:role/moonfleet-operator").ec2.describe_vpcs()
