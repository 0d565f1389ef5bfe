-- expect: refused
local session = aws.session { endpoint_url = "http://127.0.0.1:9/" }
session.ec2.describe_vpcs()
