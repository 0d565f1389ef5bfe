---@meta _

---Pauses the script and opens a prompt that can read and set the variables of the calling function.
---Ctrl-D continues the script. Raises an error without a terminal. `return repl()` is a tail call:
---the variables of the calling function are gone then.
function repl() end
