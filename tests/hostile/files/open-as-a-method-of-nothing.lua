-- expect: refused
pcall(io.open, "made", "wb")
local open <const> = io.open
open("made", "w+")
