---@meta _

---@class report
report = {}

---@class report.Layout
---@field title? string
---@field columns? string[] The columns, in order; a dotted name reaches into nested values, and `name` is the Name tag of what has no name.

---Records as a table, as text.
---@param records any
---@param layout? report.Layout
---@return string
function report.table(records, layout) end

---Shows records in the format that the program was started with.
---@param records any
---@param layout? report.Layout
function report.print(records, layout) end

---Writes records to a file whose extension names the format, whole or not at all.
---@param path string
---@param records any
---@param layout? report.Layout
function report.write(path, records, layout) end

---Raises an error if a report cannot be written there; gives the format's name.
---@param path string
---@return "json"|"csv"|"md"
function report.check(path) end

---The name of the format that `report.print` writes.
---@return "table"|"json"|"csv"|"md"
function report.format() end

---Groups a fleet's answers: names with the same text stand together.
---@param answers { name: string, text: string }[]
---@return string
function report.grouped(answers) end
