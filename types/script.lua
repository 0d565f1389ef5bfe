---@meta _

---@class script.Header
---@field summary string A sentence that says what the script does: "List …" or "Stop …".
---@field risk "read"|"write"|"destroy" The maximum risk of the calls. Calls of a higher risk are refused.
---@field args? table<string, script.Argument>
---@field example? { args?: table<string, any> } Arguments for a run in the sandbox.
---@field run fun(args: table<string, any>): integer? The body of the script; it may return the exit code.

---@class script.Argument
---@field [1] "string"|"integer"|"number"|"boolean"|"list"|"duration" A list is written as words separated by commas. A duration, for example 30d, becomes seconds.
---@field help string A sentence that begins with a verb.
---@field default? any
---@field required? boolean
---@field choices? string[] The allowed values of a string, or of the items of a list.
---@field secret? boolean The string arrives as a secret value, and reports do not show it.

---Declares a script: its summary, its risk and its arguments.
---@param header script.Header
---@return script.Header
function script(header) end
