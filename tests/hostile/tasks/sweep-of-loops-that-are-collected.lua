-- expect: out of time
while true do sweep.regions({ "eu-central-1" }, function() error("x") end) end
