-- expect: out of time
load(function() return "-- and on\n" end)
