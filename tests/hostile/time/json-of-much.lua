-- expect: out of time or out of memory
local text = "[" .. ("[[[[1]]]],"):rep(1 << 19) .. "1]"
while true do json.decode(text) end
