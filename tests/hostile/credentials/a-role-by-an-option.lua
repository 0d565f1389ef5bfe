-- expect: refused
aws.session({ role_arn = "arn:aws:iam::210987654321:role/moonfleet-operator" }).whoami()
