---@meta _

---A session as scripts see it, with every service on it.
---@class Session: moonfleet.Services
---@field rg resource_groups
---@field region? string
---@field account? string Where it is known without asking.
---@field profile? string
---@field whoami fun(): aws.Identity Who its calls are made as.
---@field assume fun(role_arn: string, options?: aws.AssumeOptions): Session Another session, as this role.

---Sessions: who calls, and where. `aws` itself is the one that the globals speak for.
---@class aws: Session
aws = {}

rg = resource_groups

---@class aws.RoleOptions
---@field external_id? string|Secret
---@field mfa_serial? string The code is asked for on the terminal.
---@field session_name? string
---@field duration? string|number How long the credentials hold, at least "15m".

---@class aws.AssumeOptions: aws.RoleOptions
---@field region? string

---@class aws.SessionOptions: aws.RoleOptions
---@field profile? string
---@field region? string
---@field endpoint_url? string
---@field role_arn? string
---@field timeout? string|number How long a call may take, with all its attempts.
---@field retries? integer How often a call is made again.
---@field retry_mode? "standard"|"adaptive"

---@class aws.Identity
---@field account string
---@field arn string
---@field id string
---@field region? string

---Another session; what is not said is as in this one.
---@param options? aws.SessionOptions
---@return Session
function aws.session(options) end

---Makes the globals speak for this session, or again for the one that the program began with.
---@param session? Session
---@return Session previous
function aws.use(session) end

---The names of the profiles of AWS's shared configuration.
---@return string[]
function aws.profiles() end

---How many operations each service has.
---@return table<string, integer>
function aws.operations() end

---What every operation takes as its second argument.
---@class moonfleet.CallOptions
---@field timeout? string|number How long the call may take, with all its attempts.
---@field retries? integer How often it is made again.
---@field region? string The region to call instead of the session's.
---@field max_pages? integer The most pages of a listing, 10,000 if it is not said.

---@class moonfleet.WaitOptions
---@field timeout? string|number How long to wait, ten minutes if it is not said.
---@field delay? string|number How long to wait between two looks.

---Filters and targets by their names, as in `{["tag:App"] = "App20"}`.
---@alias moonfleet.Filters table<string, moonfleet.FilterValue|moonfleet.FilterValue[]>
---@alias moonfleet.FilterValue string|integer|boolean
