---@meta _

---A password, a key or a token that AWS returned. It is printed and written as `<secret>`, compares
---equal to a secret with the same text, and can be passed to any operation.
---@class Secret

---Returns the text of a secret; other values are returned unchanged.
---@param value Secret|string
---@return string
---@overload fun(value: nil): nil
function reveal(value) end
