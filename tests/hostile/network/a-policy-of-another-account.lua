-- expect: refused
iam.get_policy { policy_arn = "arn:aws:iam::999999999999:policy/the-secret" }
