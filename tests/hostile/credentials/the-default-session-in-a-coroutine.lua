-- expect: done
local own = aws.whoami().account
local other = aws.session { role_arn = "arn:aws:iam::210987654321:role/moonfleet-operator" }
local inner = coroutine.wrap(function()
  aws.use(other)
  coroutine.yield()
  return pcall(sts.get_caller_identity)
end)
inner()
local ok, who = pcall(sts.get_caller_identity)
print(ok, ok and who.account)
assert(not ok or who.account == own, "another account")
local ok, who = inner()
assert(not ok, "another account")
aws.use()
