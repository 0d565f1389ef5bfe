-- expect: out of time
do
  local _ <close> = setmetatable({}, { __close = function() (("a"):rep(100000)):find(".-.-.-.-b") end })
  error("x")
end
