-- Runs a command on every running instance with a tag, in several regions at once, and reports the output of
-- each. An instance that could not be reached is also a row.

local answers = require "answers"

local COLUMNS = { "name", "instance_id", "region", "type", "state", "status", "exit_code", "output" }

-- Splits `App=App20` into key and value. The value may contain further equals characters.
local function split_tag(tag)
  local key, value = tag:match("^([^=]+)=(.*)$")
  if not key then error("tag must be KEY=VALUE, such as App=App20, not '" .. tag .. "'", 0) end
  return key, value
end

-- Combines an instance with the result of its command.
local function row(instance, result)
  local is_silent = result.stdout == "" and result.stderr == ""
  return {
    name = instance.name,
    instance_id = instance.instance_id,
    region = instance.region,
    type = instance.type,
    state = instance.state,
    status = result.status,
    detail = result.detail,
    exit_code = result.exit_code,
    truncated = result.truncated,
    output = is_silent and result.status ~= "ok" and result.detail or answers.first_line(result),
  }
end

return script {
  summary = "Run a command on all instances with a tag and report the output.",
  risk = "write",
  args = {
    tag = { "string", default = "App=App20", help = "Select instances with this tag, as KEY=VALUE." },
    command = { "string", default = "uptime", help = "Run this shell command on each instance." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  example = { args = { regions = { "eu-central-1", "eu-west-1", "us-east-1" } } },
  run = function(args)
    local key, value = split_tag(args.tag)
    -- Every region is listed before the command is sent.
    local found = sweep.regions(args.regions, function()
      return fleet.instances { tags = { [key] = value }, state = "running" }
    end)
    local instances = found.results
    if #instances == 0 then
      if not found.complete then error("nothing was run because of the errors above", 0) end
      error("nothing was run: no running instance has the tag " .. args.tag, 0)
    end

    local run = fleet.run(instances, args.command, {
      comment = "moonfleet fleet-report",
      timeout = "2m",
    })
    local rows = {}
    for at, result in ipairs(run.results) do rows[at] = row(instances[at], result) end

    report.print(rows, { columns = COLUMNS })
    if report.format() == "table" then
      print()
      print(run.grouped())
      print(answers.summary(run, "instance"))
    end
  end,
}
