---@meta _

---@class script.Header
---@field summary string A sentence that says what the script does: "List …" or "Stop …".
---@field risk "read"|"write"|"destroy" The maximum risk of the calls. Calls of a higher risk are refused.
---@field services? string[] The services that are globals of the script and of its modules, in addition to EC2, IAM, Systems Manager, Resource Groups and STS: `{ "rds", "ce" }`.
---@field args? table<string, script.Argument>
---@field findings? string[] The kinds of findings that the script can report, for example "open-port". `--fail-on` accepts only these.
---@field volatile? string[] The columns and key figures that differ from run to run although nothing has changed, for example "last_seen". `--compare` ignores them.
---@field example? { args?: table<string, any> } Arguments for a run in the sandbox.
---@field run fun(args: table<string, any>): integer? The body of the script; it may return the exit code.

---@class script.Argument
---@field [1] "string"|"integer"|"number"|"boolean"|"list"|"duration" A list is written as words separated by commas. A duration, for example 30d, becomes seconds.
---@field help string A sentence that begins with a verb.
---@field default? any
---@field required? boolean
---@field choices? string[] The allowed values of a string, or of the items of a list.
---@field secret? boolean The string arrives as a secret value, and reports do not show it.

---Declares a script: its summary, its risk, its arguments and its findings.
---@param header script.Header
---@return script.Header
function script(header) end
