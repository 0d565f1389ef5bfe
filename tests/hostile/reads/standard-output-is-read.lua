-- expect: done
-- Standard output is a pipe of the test: a script that opens it anew could read what others write into it.
local opened = {}
for _, name in ipairs { "/proc/self/fd/1", "/proc/self/fd/2", "/dev/stdout", "/dev/stderr", "/dev/fd/1" } do
  if io.open(name) then opened[#opened + 1] = name end
end
assert(#opened == 0, "it can be read: " .. table.concat(opened, " "))
