-- Runs a command on the machines of a resource group, those of groups in it among them.

local answers = require "answers"
local groups = require "groups"

return script {
  summary = "Run a command on the instances of a resource group, and tell of each what it said.",
  risk = "write",
  args = {
    group = { "string", required = true, help = "The group's name." },
    command = { "string", required = true, help = "The command to run on each." },
    max_concurrency = { "string", help = "How many machines work at once: 10 or 10%; without it, all." },
    max_errors = { "integer", help = "End the run when more machines than this have failed." },
    timeout = { "duration", default = "5m", help = "How long a machine may take to fetch the command." },
  },
  example = { args = { group = "App30-RG", command = "uname -sr" } },
  run = function(args)
    local ids = groups.instances(args.group)
    if #ids == 0 then error("nothing was run: the group " .. args.group .. " has no instances", 0) end
    local run = fleet.run(ids, args.command, {
      comment = "moonfleet rg-run-command",
      max_concurrency = args.max_concurrency,
      max_errors = args.max_errors,
      timeout = args.timeout,
    })
    answers.print(run, "Answers of " .. args.group)
  end,
}
