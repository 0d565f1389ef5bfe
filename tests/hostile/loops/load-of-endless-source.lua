-- expect: any
-- Text without end is either too much or too long.
load(function() return "local x = 1; " end)
