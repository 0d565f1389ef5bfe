-- expect: exit 2 or done or out of time
-- Lua does not verify bytecode: code that can load it can run machine code.
if io.open == io.lines and string.dump and load then
  local code = string.dump(function() return 1 end)
  if load(code) or load(code, "x", "b") then error("CANARY" .. "-7f3a: bytecode was loaded") end
end
return script { summary = "List nothing.", risk = "read", run = function() end }
