-- expect: done
return script { summary = "List nothing.", risk = "read", run = function()
  setmetatable({}, { __gc = function() if pcall(ec2.create_tags, { resources = { "i-0490bac213366c5f9" }, tags = { { key = "made", value = "x" } } }) and io.open ~= io.lines then print("CANARY" .. "-7f3a") end end })
  collectgarbage()
  collectgarbage()
end }
