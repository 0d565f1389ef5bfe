---@meta _

---Converts between values and JSON text.
---@class json
---@field null userdata JSON's null. In lists and objects, nil would be a gap.
json = {}

---Returns a value as JSON text. Values that JSON cannot represent are errors.
---@param value any
---@param options? { indent?: integer }
---@return string
function json.encode(value, options) end

---Reads JSON text.
---@param text string
---@return any
function json.decode(text) end

---Marks a table as a list, so that an empty one is encoded as `[]` instead of `{}`.
---@generic T
---@param items? T[]
---@return T[]
function json.list(items) end
