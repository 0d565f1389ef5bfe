---@meta _

---Writes messages to standard error, one line each; `fields` follow as `name=value`.
---@class log
log = {}

---Writes a message of level debug, which is shown only with `-v`.
---@param message any
---@param fields? any
function log.debug(message, fields) end

---Writes a message of level info.
---@param message any
---@param fields? any
function log.info(message, fields) end

---Writes a warning.
---@param message any
---@param fields? any
function log.warn(message, fields) end

---Writes an error message. The script continues.
---@param message any
---@param fields? any
function log.error(message, fields) end
