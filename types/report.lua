---@meta _

---Records on a screen and in files of many formats, and reports of several parts.
---@class report
report = {}

---@class report.Layout
---@field title? string
---@field columns? string[] The columns, in order; a dotted name reaches into nested values, and `name` is the Name tag of what has no name.

---A report of several parts. Each of its functions gives it again, so that they can follow each other:
---`report.new{title = "Fleet"}:summary(figures):table(rows):write("fleet.html")`.
---@class report.Report
local Report = {}

---@class report.Options
---@field title? string
---@field subtitle? string
---@field template? string A file that HTML is made with, in place of the program's own page.

---A heading over what follows.
---@param title string
---@return report.Report
function Report:section(title) end

---Paragraphs with an empty line between them; lines that begin with `- ` are a list.
---@param text string
---@return report.Report
function Report:text(text) end

---@class report.Figure
---@field label string
---@field value any
---@field severity? "critical"|"high"|"medium"|"low"|"info"|"ok"

---Key figures: a list of `{label, value, severity}`, with or without the names.
---@param figures (report.Figure|any[])[]
---@return report.Report
function Report:summary(figures) end

---A table. A column named `severity` is coloured.
---@param records any
---@param layout? report.Layout
---@return report.Report
function Report:table(records, layout) end

---@class report.Chart
---@field kind? "bar"|"line"|"share"|"timeline" Without it, bars.
---@field title? string
---@field unit? string What is counted, as in `USD`.
---@field data? any A number for each label; or a list of `{label, value, severity}`, for a line of numbers or `{x, y}` or several of `{name, data}`, for a timeline of `{label, from, to}`.
---@field rows? table[] Records, in place of data; the options below say which fields of them are shown.
---@field label? string The field with the label, or with what goes from left to right; without it, `name`.
---@field value? string The field with the number; without it, records with the same label are counted.
---@field from? string The field with the time when something began.
---@field to? string The field with the time when it ended.
---@field severity? string The field with the severity.

---@param chart report.Chart
---@return report.Report
function Report:chart(chart) end

---What has come, gone and changed, as `report.diff` tells it.
---@param diff report.Diff
---@param title? string Without it, `Changes`.
---@return report.Report
function Report:changes(diff, title) end

---All of another report, under its title.
---@param other report.Report
---@return report.Report
function Report:append(other) end

---Shows it in the format that the program was started with.
function Report:print() end

---Writes it to files whose extensions name the formats, each whole or not at all. CSV and JSON lines
---have the records of all tables; where there are several, `table` says of each which one it is in.
---@param path string
---@param ... string
function Report:write(path, ...) end

---Begins a report of several parts.
---@param options? report.Options
---@return report.Report
function report.new(options) end

---@class report.DiffOptions
---@field key? string|string[] The fields that say which thing a record is about. Without it, account, region and finding where there are such fields, and the record's id, ARN or name.
---@field ignore? string[] Fields whose changes are none; without it, `age` and `days`.

---@class report.Diff
---@field added table[]
---@field gone table[]
---@field changed table[] What it is about, `field`, `before` and `after`.

---What is different between two lists of records.
---@param old table[]
---@param new table[]
---@param options? report.DiffOptions
---@return report.Diff
function report.diff(old, new, options) end

---Numbers as a row of small bars, for a cell; nothing is a gap.
---@param numbers number[]
---@return string
function report.sparkline(numbers) end

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
---@return "json"|"jsonl"|"csv"|"md"|"html"
function report.check(path) end

---The name of the format that `report.print` writes.
---@return "table"|"json"|"jsonl"|"csv"|"md"|"html"
function report.format() end

---Groups a fleet's answers: names with the same text stand together.
---@param answers { name: string, text: string }[]
---@return string
function report.grouped(answers) end
