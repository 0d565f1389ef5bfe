-- expect: done
local opened = {}
for number = 3, 40 do
  for _, folder in ipairs { "/dev/fd/", "/proc/thread-self/fd/", "/proc/self/task/../fd/", "script/../../proc/self/fd/", "script/proc/fd/" } do
    local file = io.open(folder .. number)
    if file then
      opened[#opened + 1] = folder .. number
      file:close()
    end
  end
end
assert(#opened == 0, "pipes of the process can be opened: " .. table.concat(opened, " "))
