-- expect: exit 3
-- A sweep with errors is incomplete.
local swept = sweep.accounts({ { endpoint_url = "http://127.0.0.1:9/" }, { endpoint_url = "http://169.254.169.254/" } }, function() return { { a = aws.whoami().account } } end)
assert(#swept.results == 0 and #swept.errors == 2, "a foreign endpoint was called")
for _, failed in ipairs(swept.errors) do print(failed.error) end
