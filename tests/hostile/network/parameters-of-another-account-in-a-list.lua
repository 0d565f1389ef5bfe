-- expect: refused
ssm.get_parameters { names = { "/own", "arn:aws:ssm:eu-central-1:999999999999:parameter/the-secret" } }
