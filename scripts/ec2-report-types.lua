-- Reports the fleet by instance type.

local list = require "list"
local rows = require "rows"
local tags = require "tags"

local COLUMNS = {
  "type",
  "count",
  "running",
  "spot",
  "vcpus",
  "memory_gib",
  "total_vcpus",
  "total_memory_gib",
  "architecture",
  "regions",
  "detail",
}

-- Combines the rows of all regions into one row for each type.
local function together(found)
  local by_type, types = {}, {}
  for _, row in ipairs(found) do
    local one = by_type[row.type]
    if not one then
      one = rows.merged(row, { regions = row.region, region = nil })
      by_type[row.type] = one
      types[#types + 1] = one
    else
      for _, field in ipairs { "count", "running", "spot", "total_vcpus", "total_memory_gib" } do
        one[field] = one[field] and row[field] and one[field] + row[field]
      end
      one.regions = one.regions .. ", " .. row.region
    end
  end
  return list.sort_by(types, "-count", "type")
end

return script {
  summary = "Report the number, CPUs and memory of instances by type.",
  risk = "read",
  args = {
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    state = { "list", help = "Select instances in these states; by default all except terminated ones." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  example = { args = { regions = { "eu-central-1", "eu-west-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function() return fleet.types { tags = wanted, state = args.state } end)
    local found = list.sort_by(swept.results, "account", "region", "type")
    report.print(together(found), { title = "Instance types", columns = COLUMNS })
  end,
}
