---@meta _

---Stops here and opens a prompt that sees the variables of the function that has called this, and
---can set them. Ctrl-D goes on. Without a terminal it is an error; after `return repl()` nothing
---of the function is left to be seen.
function repl() end
