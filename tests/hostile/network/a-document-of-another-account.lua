-- expect: refused
ssm.get_document { name = "arn:aws:ssm:eu-central-1:999999999999:document/the-secret" }
