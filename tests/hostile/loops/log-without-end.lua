-- expect: out of time
while true do log.warn("x") end
