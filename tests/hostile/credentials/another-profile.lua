-- expect: refused
print(aws.session { profile = "admin" }.whoami().arn)
