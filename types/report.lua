---@meta _

---Prints records, writes them to files in several formats, and builds reports of several parts.
---@class report
report = {}

---@class report.Layout
---@field title? string
---@field columns? string[] The columns, in order. A dotted name, for example `state.name`, is a nested field. If a record has no field `name`, the column shows its Name tag.

---A report of several parts. Each method returns the report, so that calls can be chained:
---`report.new{title = "Fleet"}:summary(figures):table(rows):write("fleet.html")`.
---@class report.Report
local Report = {}

---@class report.Options
---@field title? string
---@field subtitle? string
---@field template? string A template file for HTML, instead of the built-in page.

---Adds a heading.
---@param title string
---@return report.Report
function Report:section(title) end

---Adds paragraphs. Empty lines separate paragraphs; lines that begin with `- ` are a list.
---@param text string
---@return report.Report
function Report:text(text) end

---@class report.Figure
---@field label string
---@field value any
---@field severity? "critical"|"high"|"medium"|"low"|"info"|"ok"

---Adds key figures: a list of `{label, value, severity}`, with or without these names.
---@param figures (report.Figure|any[])[]
---@return report.Report
function Report:summary(figures) end

---Adds a table. A column named `severity` is coloured.
---@param records any
---@param layout? report.Layout
---@return report.Report
function Report:table(records, layout) end

---@class report.Chart
---@field kind? "bar"|"line"|"share"|"timeline" Default: "bar".
---@field title? string
---@field unit? string The unit of the numbers, for example `USD`.
---@field data? any A table with a number for each label, or a list. Its items are `{label, value, severity}`; for a line, numbers, `{x, y}` or series `{name, data}`; for a timeline, `{label, from, to}`.
---@field rows? table[] Records, instead of `data`; the options below name their fields.
---@field label? string The field with the label; for a line, the position on the horizontal axis. Default: "name".
---@field value? string The field with the number; the numbers of records with the same label are added. Without it, the value is the number of records with the same label.
---@field from? string The field with the start time, for a timeline.
---@field to? string The field with the end time, for a timeline.
---@field severity? string The field with the severity.

---Adds a chart.
---@param chart report.Chart
---@return report.Report
function Report:chart(chart) end

---Adds tables of new, gone and changed records, as `report.diff` returns them.
---@param diff report.Diff
---@param title? string Default: "Changes".
---@return report.Report
function Report:changes(diff, title) end

---Adds all parts of another report, under its title.
---@param other report.Report
---@return report.Report
function Report:append(other) end

---Prints the report in the format of the run (`--output`).
function Report:print() end

---Writes the report to files; the extension of each file is its format. A file is written completely
---or not at all. CSV and JSON Lines contain the records of all tables; with several tables, the
---field `table` names the table of each record.
---@param path string
---@param ... string
function Report:write(path, ...) end

---Returns an empty report of several parts.
---@param options? report.Options
---@return report.Report
function report.new(options) end

---@class report.DiffOptions
---@field key? string|string[] The fields that identify a record. Default: account, region and finding, if these fields exist, and the id, ARN or name of the record.
---@field ignore? string[] Fields to ignore in the comparison. Default: `age`, `days` beside an `age`, and the ages in the `detail` of a finding.

---@class report.Diff
---@field added table[]
---@field gone table[]
---@field changed table[] The key of the record, and `field`, `before` and `after`.

---Returns the differences between two lists of records.
---@param old table[]
---@param new table[]
---@param options? report.DiffOptions
---@return report.Diff
function report.diff(old, new, options) end

---Records that a part of the results is missing, for example because a call was denied. The run then exits with 3, its
---report is not compared with later ones, and an unattended report names the missing part.
---@param reason string The missing part and the cause.
function report.incomplete(reason) end

---Returns numbers as a row of small bars, for a cell. `json.null` is a gap.
---@param numbers number[]
---@return string
function report.sparkline(numbers) end

---Returns records as a table, as text.
---@param records any
---@param layout? report.Layout
---@return string
function report.table(records, layout) end

---Prints records, or the items of an iterator, in the format of the run (`--output`).
---@param records any
---@param layout? report.Layout
function report.print(records, layout) end

---Writes records, or the items of an iterator, to a file; its extension is the format. The file is
---written completely or not at all.
---@param path string
---@param records any
---@param layout? report.Layout
function report.write(path, records, layout) end

---Checks that a report can be written to this file, and returns the format. Raises an error if not.
---@param path string
---@return "json"|"jsonl"|"csv"|"md"|"html"
function report.check(path) end

---Returns the format that `report.print` writes.
---@return "table"|"json"|"jsonl"|"csv"|"md"|"html"
function report.format() end

---Returns the outputs of many machines as text; names with the same output are grouped.
---@param answers { name: string, text: string }[]
---@return string
function report.grouped(answers) end
