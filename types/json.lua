---@meta _

---@class json
---@field null userdata The null of lists and objects, where Lua's own nil would leave a hole.
json = {}

---@param value any
---@param options? { indent?: integer }
---@return string
function json.encode(value, options) end

---@param text string
---@return any
function json.decode(text) end

---Marks a table as a list, which an empty one needs to be `[]` and not `{}`.
---@generic T
---@param items? T[]
---@return T[]
function json.list(items) end
