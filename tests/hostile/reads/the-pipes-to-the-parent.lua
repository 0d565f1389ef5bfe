-- expect: done
-- Opening an entry of /proc/self/fd anew gives the other end of a pipe too: a script that reads from the pipe of
-- its own requests decides where the parent finds the beginning of the next message.
local opened = {}
for number = 3, 40 do
  local file = io.open("/proc/self/fd/" .. number)
  if file then
    opened[#opened + 1] = number
    file:close()
  end
end
assert(#opened == 0, "pipes of the process can be opened: " .. table.concat(opened, " "))
