---@meta _

---@class script.Header
---@field summary string A sentence that says what the script is for.
---@field risk "read"|"write"|"destroy" What is riskier is refused.
---@field args? table<string, script.Argument>
---@field example? { args?: table<string, any> } Arguments with which it can be tried in the sandbox.
---@field run fun(args: table<string, any>): integer? What it does; it may return the exit code.

---@class script.Argument
---@field [1] "string"|"integer"|"number"|"boolean"|"list"|"duration" A list is words between commas; a duration, as in 30d, becomes seconds.
---@field help string A sentence.
---@field default? any
---@field required? boolean
---@field choices? string[] The only words that a string, or an item of a list, can be.
---@field secret? boolean The string arrives as a secret value, and reports do not show it.

---Declares a script: what it is for, what it may do, what it takes.
---@param header script.Header
---@return script.Header
function script(header) end
