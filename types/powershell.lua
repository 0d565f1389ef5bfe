---@meta _

---Quotes values as words of PowerShell commands.
---@class powershell
powershell = {}

---Returns text as a quoted word for PowerShell. With `native`, the word is for a program that is not a
---PowerShell command; text that Windows PowerShell would change on the way is an error.
---@param value string|integer
---@param options? { native?: boolean }
---@return string
function powershell.quote(value, options) end
