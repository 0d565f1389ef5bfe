-- expect: refused
ec2.describe_volumes { filters = { ["arn:aws:kms:eu-central-1:999999999999:key/the-secret"] = "x" } }
