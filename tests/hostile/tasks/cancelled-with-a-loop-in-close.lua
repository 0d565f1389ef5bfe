-- expect: out of time
task.race {
  function() task.sleep(0.01) end,
  function() local x <close> = setmetatable({}, { __close = function() while true do end end }) task.sleep(100) end,
}
