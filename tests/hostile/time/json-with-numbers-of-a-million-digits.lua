-- expect: out of time or error
local text = "[" .. ("9"):rep(1 << 20) .. "." .. ("9"):rep(1 << 20) .. "e" .. ("9"):rep(1 << 20) .. "]"
while true do pcall(json.decode, text) end
