-- expect: error
local function mine() return os end
debug.upvaluejoin(require, 1, mine, 1)
