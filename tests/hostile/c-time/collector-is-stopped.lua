-- expect: out of time
collectgarbage("stop")
collectgarbage("setpause", 1000)
while true do pcall(function() local _ = { {} } end) end
