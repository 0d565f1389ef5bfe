-- expect: out of time
local function go() xpcall(error, go) while true do end end
while true do xpcall(go, go) end
