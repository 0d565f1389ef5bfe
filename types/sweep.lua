---@meta _

---Calls one function in many regions and accounts at once.
---@class sweep
sweep = {}

---@class Sweep
---@field results table[] The rows of all calls, each with its `account` and `region`.
---@field errors SweepError[] The accounts and regions that failed.
---@field complete boolean True if none failed.

---@class SweepError
---@field name? string The account as it was passed to `sweep.accounts`.
---@field account? string
---@field region? string
---@field error any

---@alias sweep.Regions string[]|"all" Default: the session's region.

---@class sweep.AccountOptions: aws.RoleOptions
---@field limit? integer The maximum number of calls at the same time. Default: 32.
---@field regions? sweep.Regions

---Calls a function in each region, and collects the rows that it returns.
---@param regions? sweep.Regions
---@param fn fun(...): any Returns rows. It gets the session, or the options of a function of the library. The global services use the session while the function runs.
---@param options? { limit?: integer }
---@return Sweep
function sweep.regions(regions, fn, options) end

---Calls a function in each account, and in each region of `regions`, and collects the rows that it returns.
---@param accounts (string|aws.SessionOptions|Session)[] Profiles, ARNs of roles, options of `aws.session`, or sessions.
---@param fn fun(...): any Returns rows. It gets the session, or the options of a function of the library. The global services use the session while the function runs.
---@param options? sweep.AccountOptions
---@return Sweep
function sweep.accounts(accounts, fn, options) end
