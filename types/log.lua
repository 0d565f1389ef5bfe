---@meta _

---Messages on standard error, one line each; `fields` follow as `name=value`.
---@class log
log = {}

---@param message any
---@param fields? any
function log.debug(message, fields) end

---@param message any
---@param fields? any
function log.info(message, fields) end

---@param message any
---@param fields? any
function log.warn(message, fields) end

---@param message any
---@param fields? any
function log.error(message, fields) end
