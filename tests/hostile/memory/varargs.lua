-- expect: error or out of time
local function f(...) return f(..., ...) end
local function grow(...) return grow(1, ...) end
grow()
