-- expect: refused
aws.use(aws.session { profile = "admin" })
print(ec2.describe_vpcs())
