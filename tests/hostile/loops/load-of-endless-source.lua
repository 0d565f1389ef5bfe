-- expect: any
-- Endless source reaches the memory limit or the time limit.
load(function() return "local x = 1; " end)
