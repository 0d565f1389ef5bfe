---@meta _

---A password, a key or a token as AWS gave it. It is shown as `<secret>` wherever it is printed
---or written, is equal to one with the same text, and can be given back to any operation.
---@class Secret

---The text of a secret; what is none comes back as it is.
---@param value Secret
---@return string
---@overload fun(value: string): string
---@overload fun(value: nil): nil
function reveal(value) end
