-- expect: done
-- The user's option has patterns; a script's role has none.
for _, arn in ipairs { "*", "arn:aws:iam::*:role/*", "arn:aws:iam::210987654321:role/*", "arn:aws:iam::210987654321:role/moonfleet-operator\n", "arn:aws:iam::210987654321:role/../x", "", "x" } do
  local ok, problem = pcall(function() return aws.assume(arn).whoami() end)
  print(arn, ok, problem)
  assert(not ok, arn)
end
