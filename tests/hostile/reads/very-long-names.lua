-- expect: done or out of time
local up = ("script/../"):rep(390) .. "canary/file"
local file, problem = io.open(up)
print(#up, file and file:read("a"), problem)
print(io.open(("./"):rep(1 << 20) .. "canary/file"))
print(io.open(("x"):rep(1 << 24)))
