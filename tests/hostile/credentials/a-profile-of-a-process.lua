-- expect: refused
-- The profile's credential_process would make a file.
aws.session { profile = "process" }.ec2.describe_vpcs()
