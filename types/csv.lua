---@meta _

---@class csv
csv = {}

---@class csv.EncodeOptions
---@field columns? string[] The columns, in order.
---@field header? boolean Whether the first row has the columns' names.
---@field raw? boolean Leave cells that a spreadsheet would run as they are.

---@param rows table[] A list of maps or of lists.
---@param options? csv.EncodeOptions
---@return string
function csv.encode(rows, options) end

---A list of maps by the names in the first row, or of lists if `header` is false.
---@param text string
---@param options? { header?: boolean }
---@return table<string|integer, string>[]
function csv.decode(text, options) end
