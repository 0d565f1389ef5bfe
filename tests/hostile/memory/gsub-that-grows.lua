-- expect: out of memory or out of time
local text = ("x"):rep(1 << 12)
print(#text:gsub(".", text .. text .. text .. text .. text))
