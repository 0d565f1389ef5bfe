---@meta _

---Runs commands on many machines at once, with Run Command of Systems Manager.
---@class fleet
fleet = {}

---A machine: its id, or a row with an id (an instance, a row of a sweep, a row of `fleet.plan`).
---@alias fleet.Machine string|{ instance_id: string, region?: string, account?: string, platform?: string, name?: string }
---@alias fleet.Tags { tags: table<string, string|integer|string[]> } The running machines with all of these tags.
---@alias fleet.Group { resource_group: string } The running machines of a resource group.
---@alias fleet.Targets fleet.Machine|fleet.Tags|fleet.Group|(fleet.Machine|fleet.Tags|fleet.Group)[]

---@class fleet.Document
---@field document string
---@field parameters? table<string, string|string[]>

---@class fleet.Scope
---@field regions? string[]|"all" The regions to look for machines in. Default: the session's region.
---@field sessions? Session[] The sessions (accounts) to look for machines in; each one is combined with all `regions`. Default: the current session.

---@class fleet.Options: fleet.Scope
---@field max_concurrency? integer|string The maximum number of machines that run the command at the same time, for example 10 or "10%". Default: all machines; with `server_side`, 50.
---@field max_errors? integer|string Send no more commands after more than this number of machines failed, for example 0 or "10%"; 0 stops after the first failure. A command that was not delivered does not count as a failure. Commands that have started run to their end. Default: no limit.
---@field timeout? string|number The time limit for the delivery of the command to a machine, from "30s" to "30d". Default: "5m".
---@field execution_timeout? string|number The time limit for the command on each machine. Default: "1h". For a document, its own parameters set that limit, and this option sets how long to wait for the result.
---@field shell? "sh"|"powershell" The shell that runs the command. Default: the shell of each machine's platform.
---@field stop_on_error? boolean End the command at the first line that fails. Without it, the exit code of the last line counts.
---@field working_directory? string The working directory of the command on the machine.
---@field comment? string The comment that Systems Manager shows for the command. Default: "moonfleet".
---@field s3_bucket? string The bucket that Systems Manager writes complete outputs to. If Systems Manager truncates an output, it is read from there.
---@field s3_prefix? string The key prefix in `s3_bucket`.
---@field cloud_watch_group? string The CloudWatch log group that Systems Manager writes outputs to.
---@field server_side? boolean Send one tag or one resource group to Systems Manager as the target of one command; meant for fleets of thousands of machines. Systems Manager then chooses the machines and applies `max_concurrency` and `max_errors`, separately in each account and region. Differences from the plan are reported.
---@field on_result? fun(result: fleet.Result) Called for each machine as soon as its result is known.

---@class fleet.AttachOptions: fleet.Scope
---@field timeout? string|number
---@field execution_timeout? string|number
---@field on_result? fun(result: fleet.Result)

---@class fleet.Target
---@field instance_id string
---@field name string
---@field account? string
---@field region? string
---@field platform? "windows"|"linux"

---`ok`: the command ran and succeeded. `failed`: it ran and failed. `unreached`: it did not run.
---`cancelled`: it was stopped, or did not start. `unknown`: it may have run.
---`planned`: the run is only planned (`--plan`).
---@alias fleet.Status "ok"|"failed"|"unreached"|"cancelled"|"unknown"|"planned"

---@class fleet.Result: fleet.Target
---@field id string The same as `instance_id`.
---@field status fleet.Status
---@field detail string The status that Systems Manager reports, or the reason if it reports none.
---@field command_id? string
---@field exit_code? integer
---@field stdout string
---@field stderr string
---@field truncated boolean True if the end of an output is missing.
---@field started? Time
---@field ended? Time

---@class fleet.Run
---@field results fleet.Result[] One result for each target, in the order of the targets.
---@field counts table<fleet.Status, integer>
---@field command_ids string[]
---@field unplanned string[] With `server_side`: the ids of machines that Systems Manager chose and that were not in the plan. Their results come last.
---@field ok fun(): boolean Returns whether the status of all results is `ok`.
---@field failed fun(): fleet.Result[] Returns the results whose status is not `ok`.
---@field grouped fun(): string Returns the outputs as text; machines with the same output are grouped.

---Returns the machines that `fleet.run` would run on, each one once. The list can be saved and passed to `fleet.run`.
---@param targets fleet.Targets
---@param options? fleet.Scope
---@return fleet.Target[]
function fleet.plan(targets, options) end

---Runs a command on every target, at most once, and waits for all results. The program
---exits with 3 if any machine failed.
---@param targets fleet.Targets
---@param command string|string[]|fleet.Document
---@param options? fleet.Options
---@return fleet.Run
function fleet.run(targets, command, options) end

---Waits for the results of commands that were sent before, in this process or in another one.
---@param command_ids string|string[]
---@param options? fleet.AttachOptions
---@return fleet.Run
function fleet.attach(command_ids, options) end
