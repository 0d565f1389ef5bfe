-- expect: done
-- The session of a call is that of its beginning, and is checked.
local other = aws.session { role_arn = "arn:aws:iam::210987654321:role/moonfleet-operator" }
local results = task.map({ 1, 2, 3, 4 }, function(n)
  if n % 2 == 0 then aws.use(other) end
  local ok, who = pcall(sts.get_caller_identity)
  aws.use()
  return ok and who.account or "none"
end)
for _, account in ipairs(results) do assert(account == "none" or account == "123456789012", account) end
