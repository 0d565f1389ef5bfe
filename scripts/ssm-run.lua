-- Runs a command on machines selected by tags, ids or a group, or on all managed machines with `all`. Each
-- machine runs the command at most once.

local answers = require "answers"
local list = require "list"
local nodes = require "nodes"
local rows = require "rows"
local tags = require "tags"

-- A missing selection does not mean all machines, and two selections are an error.
local function check_choice(args)
  local chosen = {}
  if args.tags and #args.tags > 0 then chosen[#chosen + 1] = "tags" end
  if args.ids and #args.ids > 0 then chosen[#chosen + 1] = "ids" end
  if args.group then chosen[#chosen + 1] = "group" end
  if args.all then chosen[#chosen + 1] = "all" end
  if #chosen == 0 then
    error("nothing was run: select machines with tags, ids or group, or all machines with --all", 0)
  elseif #chosen > 1 then
    error("nothing was run: " .. table.concat(chosen, ", ") .. " exclude each other; use one of them", 0)
  end
end

-- The machines of this region among the ids, managed or not: a stopped instance is reported too.
local function known_by_id(ids)
  local found, seen = {}, {}
  for _, machine in ipairs(list.flatten { nodes.managed { ids = ids }, fleet.instances { ids = ids } }) do
    local id = machine.instance_id
    if not seen[id] then found[#found + 1] = { instance_id = id, name = machine.name } end
    seen[id] = true
  end
  return found
end

-- Adds the ids that no region knows. With one region they are reported by the run; with several, the region that
-- they belong to is unknown.
local function with_unknown(chosen, args)
  local known = list.set(list.pluck(chosen, "instance_id"))
  local unknown = list.reject(args.ids, function(id) return known[id] end)
  if #unknown == 0 then return chosen end
  if args.regions and (#args.regions > 1 or args.regions[1] == "all") then
    local where = args.regions[1] == "all" and "any region" or table.concat(args.regions, ", ")
    local verb = #unknown == 1 and " is not in " or " are not in "
    error("nothing was run: " .. table.concat(unknown, ", ") .. verb .. where, 0)
  end
  local region = args.regions and args.regions[1] or aws.region
  for _, id in ipairs(unknown) do chosen[#chosen + 1] = { instance_id = id, name = "", region = region } end
  return chosen
end

-- With `all`, only online machines are selected. A machine selected by id is always reported, even if offline.
local function targets(args)
  if args.group then return { { resource_group = args.group } } end
  local filter = {}
  if args.all then filter.ping_status = "Online" end
  if args.tags then filter.tags = tags.parse(args.tags) end
  if args.ids then return known_by_id(args.ids) end
  local found = {}
  for at, node in ipairs(nodes.managed(filter)) do
    local platform = node.platform_type == "Windows" and "windows" or "linux"
    found[at] = { instance_id = node.instance_id, name = node.name, platform = platform }
  end
  return found
end

return script {
  summary = "Run a command on machines selected by tags, ids or a group, or on all.",
  risk = "write",
  args = {
    command = { "string", required = true, help = "Run this command on each machine." },
    tags = { "list", help = "Select machines by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    ids = { "list", help = "Select machines by id: i-0123…,mi-0123…." },
    group = { "string", help = "Select the machines of this resource group." },
    all = { "boolean", default = false, help = "Select every machine that is online." },
    expect = { "integer", help = "Run only if this number of machines is selected." },
    max_concurrency = { "string", help = "Limit the machines that run it at once: 10 or 10%; by default all." },
    max_errors = { "integer", help = "Stop the run if more machines than this fail." },
    stop_on_error = { "boolean", default = false, help = "Stop the command at its first line that fails." },
    timeout = { "duration", default = "5m", help = "Limit the time in which a machine must fetch the command." },
    execution_timeout = { "duration", default = "1h", help = "Limit the time that the command may run." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  example = { args = { tags = { "App=App20" }, command = "uname -sr", regions = { "eu-central-1", "eu-west-1" } } },
  run = function(args)
    check_choice(args)
    local regions, chosen = nil, nil
    if args.group then
      chosen, regions = targets(args), args.regions
    else
      -- Every region is listed before the command is sent.
      local swept = sweep.regions(args.regions, function() return targets(args) end)
      local found = args.ids and with_unknown(swept.results, args) or swept.results
      if #found == 0 then error("nothing was run: no managed machine was found", 0) end
      chosen = rows.sorted(found, "name", "region", "instance_id")
    end
    local plan = fleet.plan(chosen, { regions = regions })
    if #plan == 0 then error("nothing was run: no managed machine was found", 0) end
    if args.expect and args.expect ~= #plan then
      error("nothing was run: expected " .. rows.counted(args.expect, "machine") .. ", found " .. #plan, 0)
    end
    local run = fleet.run(plan, args.command, {
      comment = "moonfleet ssm-run",
      max_concurrency = args.max_concurrency,
      max_errors = args.max_errors,
      stop_on_error = args.stop_on_error,
      timeout = args.timeout,
      execution_timeout = args.execution_timeout,
    })
    answers.print(run, "Results")
  end,
}
