---@meta _

---What `pcall` catches of a call: a value with fields, whose `tostring` is one line.
---@class moonfleet.Error
---@field code string
---@field message string
---@field service? string
---@field operation? string
---@field region? string
---@field account? string
---@field request_id? string
---@field status? integer
---@field retryable boolean
---@field states? table<string, string> What each of several resources is now, where a change of all of them failed and was made for some.
---@field state? string What was waited for and never came: the last that was seen of it.

---What it catches is a value, as above or whatever a script has raised, and not only a message.
---@param f any
---@param ... any
---@return boolean ok
---@return any result
---@return any ...
function pcall(f, ...) end
