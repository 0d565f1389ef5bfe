-- Counts running instances by a tag. Change it for your purpose: the arguments are in the header
-- at the end, the work is in the functions above it.

local list = require "list"

local COLUMNS = { "value", "instances", "regions" }

-- Returns the instances of one region. In a sweep, `ec2` calls each region in turn.
local function running_instances()
  return ec2.describe_instances.all { filters = { ["instance-state-name"] = "running" } }
end

-- Returns one row for each value of the tag. Functions without AWS calls are easy to test.
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
  risk = "read", -- read, write or destroy: riskier calls are refused
  args = {
    tag = { "string", default = "App", help = "Tag to count by." },
    regions = { "list", help = "Regions to search, or all. [default: the session's region]" },
  },
  example = { args = { regions = { "all" } } },
  run = function(args)
    local instances = sweep.regions(args.regions, running_instances).results
    report.print(count(instances, args.tag), { title = "Running instances by " .. args.tag, columns = COLUMNS })
  end,
}
