-- Runs a command on the instances of a resource group and of its nested groups.

local answers = require "answers"
local groups = require "groups"

return script {
  summary = "Run a command on the instances of a resource group and report the output.",
  risk = "write",
  args = {
    group = { "string", required = true, help = "Select the instances of this group." },
    command = { "string", required = true, help = "Run this command on each machine." },
    max_concurrency = { "string", help = "Limit the machines that run it at once: 10 or 10%; by default all." },
    max_errors = { "integer", help = "Stop the run if more machines than this fail." },
    timeout = { "duration", default = "5m", help = "Limit the time in which a machine must fetch the command." },
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
    answers.print(run, "Results of " .. args.group)
  end,
}
