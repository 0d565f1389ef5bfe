-- expect: out of memory or out of time
collectgarbage("stop")
while true do local _ = { {}, {} } KEPT = { KEPT, _ } end
