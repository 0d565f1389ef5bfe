-- The fleet by instance type.

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

-- The rows of all regions as one for each type.
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
  summary = "Report the fleet by instance type: how many, with how many CPUs and how much memory.",
  risk = "read",
  args = {
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    state = { "list", help = "Only those in these states; without it, all that have not gone." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "eu-west-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function() return fleet.types { tags = wanted, state = args.state } end)
    local found = list.sort_by(swept.results, "account", "region", "type")
    report.print(together(found), { title = "Instance types", columns = COLUMNS })
  end,
}
