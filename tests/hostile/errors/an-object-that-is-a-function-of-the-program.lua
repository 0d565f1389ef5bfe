-- expect: error
error(ec2.describe_tags)
