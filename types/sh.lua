---@meta _

---Values as words of a command.
---@class sh
sh = {}

---A word that `sh` hands to a program byte for byte; what cannot be a word is an error.
---@param value string|integer
---@return string
function sh.quote(value) end
