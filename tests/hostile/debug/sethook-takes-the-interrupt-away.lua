-- expect: out of time
pcall(function() debug.sethook() end)
while true do end
