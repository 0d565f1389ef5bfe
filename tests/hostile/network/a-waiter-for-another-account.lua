-- expect: refused or error
iam.wait.policy_exists({ policy_arn = "arn:aws:iam::999999999999:policy/the-secret" }, { timeout = "1s" })
