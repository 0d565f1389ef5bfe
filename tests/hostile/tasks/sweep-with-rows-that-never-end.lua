-- expect: any
sweep.regions({ "eu-central-1" }, function()
  return setmetatable({ {} }, { __index = function(_, n) return { n = n } end, __len = function() return 1 << 40 end })
end)
