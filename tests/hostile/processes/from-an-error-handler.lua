-- expect: refused
local _, e = xpcall(error, function() os.execute("touch made") end)
os.execute("touch made")
