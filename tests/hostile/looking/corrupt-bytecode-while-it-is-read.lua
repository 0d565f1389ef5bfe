-- expect: exit 2 or done or out of time
-- In the process that goes on to run the script, whose folder can be read.
if io.open == io.lines and loadfile and string.dump and loadfile("script/hostile.lua") then
  local function victim(a, b, c)
    local t = { a, b }
    for i = 1, 3 do t[i] = c end
    return t[1] .. x
  end
  local code = string.dump(victim)
  for at = 40, #code do
    for _, byte in ipairs { 0x00, 0x7f, 0xff, 0x2c, 0x45 } do
      local broken = load(code:sub(1, at - 1) .. string.char(byte) .. code:sub(at + 1), "x", "b")
      if broken then pcall(broken, 1, 2, 3) end
    end
  end
end
return script { summary = "List nothing.", risk = "read", run = function() end }
