---@meta _

---A session: credentials, a region, and every service as a field.
---@class Session: moonfleet.Services
---@field rg resource_groups
---@field service fun(name: string): table Returns a service by its name. Fields of the session hide the service `account`.
---@field region? string
---@field account? string The account id, if it is known without a call.
---@field profile? string
---@field whoami fun(): aws.Identity Returns the identity that the calls of the session are made with.
---@field assume fun(role_arn: string, options?: aws.AssumeOptions): Session Returns a session with the credentials of this role.

---Sessions: the credentials and the region of calls. `aws` itself is the default session, which the global services use.
---@class aws: Session
aws = {}

rg = resource_groups

---@class aws.RoleOptions
---@field external_id? string|Secret
---@field mfa_serial? string The MFA device. The terminal prompts for its code. Without a role, `sts.get_session_token` starts a session.
---@field session_name? string
---@field duration? string|number How long the credentials are valid; at least "15m".

---@class aws.AssumeOptions: aws.RoleOptions
---@field region? string

---@class aws.SessionOptions: aws.RoleOptions
---@field profile? string
---@field region? string
---@field endpoint_url? string
---@field role_arn? string
---@field timeout? string|number The time limit of each call, with all its attempts.
---@field retries? integer The maximum number of retries, from 0 to 100.
---@field retry_mode? "standard"|"adaptive"

---@class aws.Identity
---@field account string
---@field arn string
---@field id string
---@field region? string

---Returns a new session. Settings without an option are copied from the current session.
---@param options? aws.SessionOptions
---@return Session
function aws.session(options) end

---Sets the default session, which the global services use, and returns the previous one. Without an argument, restores the session that the program started with.
---@param session? Session
---@return Session previous
function aws.use(session) end

---Returns a service by its name: botocore's with `_`, such as `rds` or `elbv2`. Sessions have all services as fields.
---@param name string
---@return table
function aws.service(name) end

---Returns the names of the profiles in AWS's shared configuration.
---@return string[]
function aws.profiles() end

---@class aws.Service
---@field name string
---@field title string
---@field operations integer The number of its operations.
---@field aliases string[]

---Returns all services.
---@return aws.Service[]
function aws.services() end

---@class aws.OperationFilter
---@field service? string
---@field risk? "read"|"write"|"destroy"

---@class aws.Operation
---@field service string
---@field operation string
---@field risk "read"|"write"|"destroy"

---Returns the operations of all services, or those of one service or one risk.
---@param filter? aws.OperationFilter
---@return aws.Operation[]
function aws.operations(filter) end

---A service without stubs; `moonfleet types install NAME` writes them.
---@class moonfleet.Service
---@field [string] any

---The options that every operation takes as its second argument.
---@class moonfleet.CallOptions
---@field timeout? string|number The time limit of the call, with all its attempts.
---@field retries? integer The maximum number of retries, from 0 to 100.
---@field region? string The region to call instead of the session's region.
---@field max_pages? integer The maximum number of pages of a listing. Default: 10,000.

---@class moonfleet.WaitOptions
---@field timeout? string|number How long to wait for the state. Default: "10m".
---@field delay? string|number How long to wait between two polls.

---Filters or targets by name, for example `{["tag:App"] = "App20"}`.
---@alias moonfleet.Filters table<string, moonfleet.FilterValue|moonfleet.FilterValue[]>
---@alias moonfleet.FilterValue string|integer|boolean
