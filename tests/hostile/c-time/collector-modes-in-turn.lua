-- expect: out of time
while true do
  collectgarbage("generational")
  collectgarbage("incremental", 1000, 1000, 60)
  collectgarbage("step", 1 << 30)
end
