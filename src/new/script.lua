-- Counts running instances by a tag of theirs. Change it into what you want to know: what it
-- takes stands in the header at the end, what it does in the functions above that.

local list = require "list"

local COLUMNS = { "value", "instances", "regions" }

-- What is found in one region. In a sweep, `ec2` speaks for each region in turn.
local function running_instances()
  return ec2.describe_instances.all { filters = { ["instance-state-name"] = "running" } }
end

-- One row for each value of the tag. Functions without AWS in them are easy to test.
local function count(instances, tag)
  local rows = {}
  for value, group in pairs(list.group_by(instances, function(instance) return instance.tags[tag] or "" end)) do
    rows[#rows + 1] = {
      value = value,
      instances = #group,
      regions = table.concat(list.keys(list.count_by(group, "region")), " "),
    }
  end
  return list.sort_by(rows, "-instances", "value")
end

return script {
  summary = "Count the running instances by a tag.",
  risk = "read", -- read, write or destroy: what is riskier is refused
  args = {
    tag = { "string", default = "App", help = "The tag to count by." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "all" } } },
  run = function(args)
    local instances = sweep.regions(args.regions, running_instances).results
    report.print(count(instances, args.tag), { title = "Running instances by " .. args.tag, columns = COLUMNS })
  end,
}
