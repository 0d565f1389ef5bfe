-- expect: done
for _, name in ipairs { "socket", "socket.core", "ssl", "http", "posix", "ffi", "lfs", "luv", "cqueues", "net" } do
  assert(not pcall(require, name), name)
end
