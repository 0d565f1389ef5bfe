-- Runs a command on machines that are chosen by tags, ids or a group, or on all that are managed:
-- that has to be said. Each runs it at most once.

local answers = require "answers"
local nodes = require "nodes"
local rows = require "rows"
local tags = require "tags"

-- Nothing chosen is not everything, and two ways to choose are a mistake.
local function check_choice(args)
  local chosen = {}
  if args.tags and #args.tags > 0 then chosen[#chosen + 1] = "tags" end
  if args.ids and #args.ids > 0 then chosen[#chosen + 1] = "ids" end
  if args.group then chosen[#chosen + 1] = "group" end
  if args.all then chosen[#chosen + 1] = "all" end
  if #chosen == 0 then
    error("nothing was run: say where with tags, ids or group, or --all for every machine", 0)
  elseif #chosen > 1 then
    error("nothing was run: choose by one of " .. table.concat(chosen, ", ") .. ", not by more", 0)
  end
end

-- Only what answers, of all; whoever is named is told of, whatever becomes of it.
local function targets(args)
  if args.group then return { { resource_group = args.group } } end
  local asked = {}
  if args.all then asked.ping_status = "Online" end
  if args.tags then asked.tags = tags.parse(args.tags) end
  if args.ids then
    local known = {}
    for _, node in ipairs(nodes.managed { ids = args.ids }) do known[node.instance_id] = node end
    local found = {}
    for at, id in ipairs(args.ids) do found[at] = { instance_id = id, name = known[id] and known[id].name or "" } end
    return found
  end
  local found = {}
  for at, node in ipairs(nodes.managed(asked)) do
    local platform = node.platform_type == "Windows" and "windows" or "linux"
    found[at] = { instance_id = node.instance_id, name = node.name, platform = platform }
  end
  return found
end

return script {
  summary = "Run a command on machines chosen by tags, ids or a group, or on all.",
  risk = "write",
  args = {
    command = { "string", required = true, help = "The command to run on each." },
    tags = { "list", help = "Those with all of these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    ids = { "list", help = "These machines: i-0123…,mi-0123…." },
    group = { "string", help = "Those of this resource group." },
    all = { "boolean", default = false, help = "Every machine that is online." },
    expect = { "integer", help = "How many machines it should be; with any other number, nothing is run." },
    max_concurrency = { "string", help = "How many machines work at once: 10 or 10%; without it, all." },
    max_errors = { "integer", help = "End the run when more machines than this have failed." },
    stop_on_error = { "boolean", default = false, help = "The first line that fails ends the command." },
    timeout = { "duration", default = "5m", help = "How long a machine may take to fetch the command." },
    execution_timeout = { "duration", default = "1h", help = "How long the command may run." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { tags = { "App=App20" }, command = "uname -sr", regions = { "eu-central-1", "eu-west-1" } } },
  run = function(args)
    check_choice(args)
    local places, chosen = nil, nil
    if args.group then
      chosen, places = targets(args), args.regions
    else
      -- Nothing is run before every region has said what it has.
      local swept = sweep.regions(args.regions, function() return targets(args) end)
      if #swept.results == 0 then error("nothing was run: no managed machine was found", 0) end
      chosen = rows.sorted(swept.results, "name", "region", "instance_id")
    end
    local plan = fleet.plan(chosen, { regions = places })
    if #plan == 0 then error("nothing was run: no managed machine was found", 0) end
    if args.expect and args.expect ~= #plan then
      error("nothing was run: expected " .. args.expect .. " machines, found " .. #plan, 0)
    end
    local run = fleet.run(plan, args.command, {
      comment = "moonfleet ssm-run",
      max_concurrency = args.max_concurrency,
      max_errors = args.max_errors,
      stop_on_error = args.stop_on_error,
      timeout = args.timeout,
      execution_timeout = args.execution_timeout,
    })
    answers.print(run, "Answers")
  end,
}
