-- Creates a resource group of the resources, or of the groups, with some tags. An existing group with the
-- same name is not changed.

local groups = require "groups"
local tags = require "tags"

local COLUMNS = { "status", "name", "region", "members", "group_arn" }

-- The query of a group matches values literally, without patterns, and cannot select absent tags.
local function wanted(words)
  local chosen = tags.parse(words) or {}
  for key, value in pairs(chosen) do
    if value == false then
      error("a resource group cannot select resources without a tag (!" .. key .. "); use KEY=VALUE or KEY", 0)
    end
  end
  if not next(chosen) then error("no group was created: select its members with tags, such as App=App20", 0) end
  return chosen
end

-- The group is named after the first tag.
local function name_of(words)
  return groups.name_for(words[1]:match "=(.+)$" or words[1])
end

return script {
  summary = "Create a resource group from tags in each region.",
  risk = "write",
  args = {
    tags = { "list", required = true, help = "Select members by tag: KEY=VALUE (repeated for each value) or KEY." },
    name = { "string", help = "Use this group name; by default derived from the first tag's value." },
    types = { "list", help = "Select these resource types, such as AWS::EC2::Instance; by default all." },
    nested = { "boolean", default = false, help = "Select resource groups with these tags as members." },
    group_tags = { "list", help = "Set these tags on the group itself, as KEY=VALUE." },
    description = { "string", help = "Describe the group." },
    regions = { "list", help = "Create the group in these regions, or all; by default the session's region." },
  },
  example = { args = { tags = { "App=App20" }, group_tags = { "Owner=team-web" } } },
  run = function(args)
    local chosen, name = wanted(args.tags), args.name or name_of(args.tags)
    local group_tags = args.group_tags and tags.assignments(args.group_tags)
    local swept = sweep.regions(args.regions, function()
      local made = groups.ensure(name, {
        tags = chosen,
        nested = args.nested,
        types = args.types,
        description = args.description,
        group_tags = group_tags,
      })
      local row = { status = made.status, name = made.name, group_arn = made.group_arn }
      if made.status ~= "planned" then row.members = #groups.members(name, { recursive = false }) end
      return { row }
    end)
    report.print(swept.results, { title = "Resource groups", columns = COLUMNS })
  end,
}
