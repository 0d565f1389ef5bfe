-- expect: out of time
sweep.regions({ "eu-central-1", "eu-west-1" }, function() while true do end end)
