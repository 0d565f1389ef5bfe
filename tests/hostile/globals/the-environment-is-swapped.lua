-- expect: refused
local env = setmetatable({}, { __index = _G })
load("os.execute('touch made')", "x", "t", env)()
