---@meta _

---Converts between rows and CSV text.
---@class csv
csv = {}

---@class csv.EncodeOptions
---@field columns? string[] The columns, in order.
---@field header? boolean Write the names of the columns as the first row. Default: true if the rows have names.
---@field raw? boolean Do not escape cells that a spreadsheet would run as formulas.

---Returns rows as CSV text.
---@param rows table[] A list of maps or of lists.
---@param options? csv.EncodeOptions
---@return string
function csv.encode(rows, options) end

---Reads CSV text. Returns a list of maps whose keys are the names in the first row, or a list of lists if `header` is false.
---@param text string
---@param options? { header?: boolean }
---@return table<string|integer, string>[]
function csv.decode(text, options) end
