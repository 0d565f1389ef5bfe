-- expect: refused
ssm.get_parameter { name = "arn:aws:ssm:eu-central-1:999999999999:parameter/the-secret:3" }
