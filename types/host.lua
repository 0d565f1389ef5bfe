---@meta moonfleet.host

---Functions of the program for its own library: `require "moonfleet.host"`.
---@class moonfleet.Host
---@field nearest fun(name: string, known: string[]): string? Returns the known name that is most similar to a mistyped one; nil if none is similar.
---@field script? fun(name: string, args: table<string, any>, options: unit.RunOptions): unit.ScriptResult Runs a script; only under `moonfleet test`.
---@field advance? fun(seconds: number) Moves the clock of the sandbox; only under `moonfleet test`.
---@field fail? fun(operation: string, code: string, message: string, status: integer, times: integer) Makes the next calls of an operation fail; only under `moonfleet test`.

---@type moonfleet.Host
local host
return host
