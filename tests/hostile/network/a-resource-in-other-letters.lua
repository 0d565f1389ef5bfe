-- expect: done
-- AWS takes none of these for the resource of another account. If the program does not either, the sandbox looks for
-- the policy, and does not find it.
for _, name in ipairs { "ARN:aws:iam::999999999999:policy/x", " arn:aws:iam::999999999999:policy/x", "arn:aws:iam:: 999999999999:policy/x", "arn:aws:iam::９９９９９９９９９９９９:policy/x", "arn:aws:iam::999999999999", "arn%3Aaws:iam::999999999999:policy/x" } do
  local ok, problem = pcall(iam.get_policy, { policy_arn = name })
  print(name, ok, problem)
  assert(not ok, name)
end
