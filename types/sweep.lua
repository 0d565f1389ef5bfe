---@meta _

---One function in many regions and accounts at once.
---@class sweep
sweep = {}

---@class Sweep
---@field results table[] All rows that were returned, each with its `account` and `region`.
---@field errors SweepError[] Who did not answer.
---@field complete boolean Whether all did.

---@class SweepError
---@field name? string The account, as it was given.
---@field account? string
---@field region? string
---@field error any

---@alias sweep.Regions string[]|"all" Without them it is the session's own.

---@class sweep.AccountOptions: aws.RoleOptions
---@field limit? integer How many functions run at once, 32 if it is not said.
---@field regions? sweep.Regions

---@param regions? sweep.Regions
---@param fn fun(session: Session): any Returns rows; the globals speak for the session while it runs.
---@param options? { limit?: integer }
---@return Sweep
function sweep.regions(regions, fn, options) end

---@param accounts (string|aws.SessionOptions|Session)[] Profiles, ARNs of roles, options of sessions, or sessions.
---@param fn fun(session: Session): any Returns rows; the globals speak for the session while it runs.
---@param options? sweep.AccountOptions
---@return Sweep
function sweep.accounts(accounts, fn, options) end
