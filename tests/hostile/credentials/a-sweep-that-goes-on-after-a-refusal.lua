-- expect: exit 3 or refused
-- Several sessions at once: that of one task must not become that of another.
local roles = {}
for n = 1, 40 do roles[n] = n % 2 == 0 and aws.session {} or "arn:aws:iam::210987654321:role/moonfleet-operator" end
local own = aws.whoami().account
local swept = sweep.accounts(roles, function()
  task.sleep(0.01)
  return { { who = aws.whoami().account, seen = sts.get_caller_identity().account } }
end)
for _, row in ipairs(swept.results) do assert(row.who == own and row.seen == own, row.seen) end
