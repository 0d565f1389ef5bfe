---@meta moonfleet.host

---Functions of the program for its own library: `require "moonfleet.host"`.
---@class moonfleet.Host
---@field nearest fun(name: string, known: string[]): string? Returns the known name that is most similar to a mistyped one; nil if none is similar.
---@field files moonfleet.Files
---@field bar fun(steps: integer): moonfleet.Bar? Shows a progress bar; nil without a terminal.
---@field is_planned fun(): boolean Whether the changes of the run are planned instead of made.
---@field is_read_only fun(): boolean Whether the run may change nothing.
---@field script? fun(name: string, args: table<string, any>, options: unit.RunOptions): unit.ScriptResult Runs a script; only under `moonfleet test`.
---@field advance? fun(seconds: number) Moves the clock of the sandbox; only under `moonfleet test`.
---@field fail? fun(operation: string, code: string, message: string, status: integer, times: integer) Makes the next calls of an operation fail; only under `moonfleet test`.

---Files and folders of this machine. Each function is refused under `--contain`.
---@class moonfleet.Files
---@field walk fun(folder: string, follow_links: boolean): moonfleet.WalkedFile[] Returns all regular files below a folder, sorted by path.
---@field about fun(path: string): moonfleet.AboutFile? Returns nil if there is no file or folder.
---@field make_folder fun(path: string) Makes a folder and those around it, as far as they do not exist.
---@field set_modified fun(path: string, seconds: integer) Sets the time of the last change, in seconds since 1970.
---@field remove fun(path: string)
---@field md5 fun(path: string, offset: integer, length: integer): string Returns the MD5 of a part of a file in hexadecimal digits.
---@field content_type fun(path: string): string? Returns the media type of a file name; nil if its extension is not known.

---@class moonfleet.WalkedFile
---@field path string From the folder on, with slashes.
---@field bytes integer
---@field modified integer Seconds since 1970.
---@field problem? string Why the file cannot be read; `bytes` and `modified` are nil then.

---@class moonfleet.AboutFile
---@field kind "file"|"folder"|"other"
---@field bytes integer
---@field modified integer Seconds since 1970.

---@class moonfleet.Bar
---@field advance fun(self: moonfleet.Bar)
---@field message fun(self: moonfleet.Bar, text: string)
---@field clear fun(self: moonfleet.Bar)

---@type moonfleet.Host
local host
return host
