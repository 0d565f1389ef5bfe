---@meta _

---Commands on many machines at once, through Systems Manager's Run Command.
---@class fleet
fleet = {}

---A machine by its id, or by a row that has one: instances, rows of a sweep, a plan's rows.
---@alias fleet.Machine string|{ instance_id: string, region?: string, account?: string, platform?: string, name?: string }
---@alias fleet.Tags { tags: table<string, string|integer|string[]> } Running machines with all of these tags.
---@alias fleet.Group { resource_group: string } The running machines of a resource group.
---@alias fleet.Targets fleet.Machine|fleet.Tags|fleet.Group|(fleet.Machine|fleet.Tags|fleet.Group)[]

---@class fleet.Document
---@field document string
---@field parameters? table<string, string|string[]>

---@class fleet.Places
---@field regions? string[]|"all" Without them it is the session's own.
---@field sessions? Session[] Accounts and regions, each with all of `regions`.

---@class fleet.Options: fleet.Places
---@field max_concurrency? integer|string How many machines work at once, in the whole run: 10 or "10%". Without it, all do; with `server_side`, 50.
---@field max_errors? integer|string The run ends when more machines than this have failed: 0 ends it at the first. What was not delivered is no error, and what has begun goes on to its end. Without it, the run goes on.
---@field timeout? string|number How long a machine may take to fetch the command, five minutes if it is not said.
---@field execution_timeout? string|number How long it may run there, an hour if it is not said; a document's own parameters say it for a document, and this how long it is waited for.
---@field shell? "sh"|"powershell" Without it, that of each machine's platform.
---@field stop_on_error? boolean The first line that fails ends the command; without it, the last line says how it went.
---@field working_directory? string
---@field comment? string
---@field s3_bucket? string Where whole outputs are kept, and fetched from where Systems Manager has cut them.
---@field s3_prefix? string
---@field cloud_watch_group? string
---@field server_side? boolean One tag or one resource group goes to Systems Manager as it is, in one command, for fleets of thousands. It chooses the machines and keeps to the rate, in each place for itself; what it chose differently from the plan is told.
---@field on_result? fun(result: fleet.Result) Called for each machine that is done.

---@class fleet.AttachOptions: fleet.Places
---@field timeout? string|number
---@field execution_timeout? string|number
---@field on_result? fun(result: fleet.Result)

---@class fleet.Target
---@field instance_id string
---@field name string
---@field account? string
---@field region? string
---@field platform? "windows"|"linux"

---`ok`: it ran and succeeded. `failed`: it ran and failed. `unreached`: it did not run.
---`cancelled`: it was ended, or never began. `unknown`: it may have run.
---@alias fleet.Status "ok"|"failed"|"unreached"|"cancelled"|"unknown"|"planned"

---@class fleet.Result: fleet.Target
---@field id string The same as `instance_id`.
---@field status fleet.Status
---@field detail string Systems Manager's own word, or why there is none.
---@field command_id? string
---@field exit_code? integer
---@field stdout string
---@field stderr string
---@field truncated boolean The tail of an output is lost.
---@field started? Time
---@field ended? Time

---@class fleet.Run
---@field results fleet.Result[] One for each target, in their order.
---@field counts table<fleet.Status, integer>
---@field command_ids string[]
---@field unplanned string[] With `server_side`: whom Systems Manager chose besides the plan; they are the last results.
---@field ok fun(): boolean Whether all are ok.
---@field failed fun(): fleet.Result[] Those that are not.
---@field grouped fun(): string What they said; those that said the same stand together.

---The list that a run would have: each machine once. It can be kept, and given to `fleet.run`.
---@param targets fleet.Targets
---@param options? fleet.Places
---@return fleet.Target[]
function fleet.plan(targets, options) end

---Runs a command on every target, at most once, and waits until each is done. The program
---ends with 3 where not all are ok.
---@param targets fleet.Targets
---@param command string|string[]|fleet.Document
---@param options? fleet.Options
---@return fleet.Run
function fleet.run(targets, command, options) end

---Gathers a run that was begun before, in this process or another.
---@param command_ids string|string[]
---@param options? fleet.AttachOptions
---@return fleet.Run
function fleet.attach(command_ids, options) end
