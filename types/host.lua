---@meta moonfleet.host

---What the program does for its own library; `require "moonfleet.host"`.
---@class moonfleet.Host
---@field nearest fun(name: string, known: string[]): string? The known name that a mistyped one most probably means.
---@field script? fun(name: string, args: table<string, any>, options: unit.RunOptions): unit.Ran Under `moonfleet test`.
---@field advance? fun(seconds: number) Moves the sandbox's clock, under `moonfleet test`.
---@field fail? fun(operation: string, code: string, message: string, status: integer, times: integer)

---@type moonfleet.Host
local host
return host
