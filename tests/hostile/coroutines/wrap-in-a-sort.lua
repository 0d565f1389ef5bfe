-- expect: error
table.sort({ 3, 2, 1 }, coroutine.wrap(function() while true do coroutine.yield(true) end end))
error("sorted")
