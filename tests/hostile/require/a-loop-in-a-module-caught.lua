-- expect: out of time
while true do pcall(require, "modules.loops") end
