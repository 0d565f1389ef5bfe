---@meta _

---Values as words of a command.
---@class powershell
powershell = {}

---A word that PowerShell takes for this text. With `native` it is one for a program that is
---no command of PowerShell's, and what Windows PowerShell would change on its way is an error.
---@param value string|integer
---@param options? { native?: boolean }
---@return string
function powershell.quote(value, options) end
