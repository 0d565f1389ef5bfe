-- expect: out of time
fleet.run({ tags = { App = "App20" } }, "uname", { on_result = function() while true do end end })
