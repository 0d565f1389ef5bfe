---@meta _

---Quotes values as words of shell commands.
---@class sh
sh = {}

---Returns text as a quoted word, which `sh` passes to a program byte for byte. Text that cannot be a word (a NUL
---byte, no UTF-8) is an error.
---@param value string|integer
---@return string
function sh.quote(value) end
