---@meta _

---The error of an AWS call: a value with fields. `tostring` returns it as one line.
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
---@field states? table<string, string> The current state of each resource, if a change of several resources failed for only some of them.
---@field [string] any The fields that AWS's model gives an error, such as `cancellation_reasons`.
---@field state? string The last state that a waiter saw before it failed.

---Calls a function and catches its error. The error of an AWS call is a `moonfleet.Error`; other errors are the value that was raised.
---@param f any
---@param ... any
---@return boolean ok
---@return any result
---@return any ...
function pcall(f, ...) end
