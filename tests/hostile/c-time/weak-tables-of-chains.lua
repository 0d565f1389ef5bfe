-- expect: out of time
-- Ephemerons whose values keep the next key: the collector traverses them repeatedly.
local weak = setmetatable({}, { __mode = "k" })
local first = {}
local key = first
for _ = 1, 30000 do local nextkey = {} weak[key] = nextkey key = nextkey end
while true do collectgarbage() end
