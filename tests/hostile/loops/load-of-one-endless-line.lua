-- expect: any
load(function() return "(" end)
