-- expect: done
for _, value in ipairs { setmetatable({}, { __tostring = function() return "arn:aws:iam::999999999999:policy/x" end }), { "arn:aws:iam::999999999999:policy/x" }, "arn:aws:iam::999999999999:policy/x\xff", 1, true, time.now(), print } do
  local ok, problem = pcall(iam.get_policy, { policy_arn = value })
  print(ok, problem)
  assert(not ok and (problem.code == nil or problem.code ~= "NoSuchEntity"), "it was sent")
end
