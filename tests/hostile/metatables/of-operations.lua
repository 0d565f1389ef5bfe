-- expect: error
getmetatable(ec2.describe_tags).__call = print
