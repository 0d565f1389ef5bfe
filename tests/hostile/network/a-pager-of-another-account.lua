-- expect: refused
for _, item in ipairs(iam.list_policy_versions.all { policy_arn = "arn:aws:iam::999999999999:policy/the-secret" }) do print(item) end
