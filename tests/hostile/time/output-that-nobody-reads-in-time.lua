-- expect: out of time
local text = ("x"):rep(1 << 16)
while true do
  io.write(text)
  io.stderr:write(text)
end
