-- Makes a resource group of what has some tags, or of the groups that have them; a group of that
-- name that is there already is left as it is.

local groups = require "groups"
local tags = require "tags"

local COLUMNS = { "status", "name", "region", "members", "group_arn" }

-- The values of a group's query are taken as they are: there are no patterns, and no "without".
local function wanted(words)
  local chosen = tags.parse(words) or {}
  for key, value in pairs(chosen) do
    if value == false then error("a resource group cannot ask for what lacks a tag: !" .. key, 0) end
  end
  if not next(chosen) then error("no group was made: say what is in it with tags, as in App=App20", 0) end
  return chosen
end

-- Named after the first tag that was given.
local function name_of(words)
  return groups.name_for(words[1]:match "=(.+)$" or words[1])
end

return script {
  summary = "Make a resource group of what has some tags, in each region.",
  risk = "write",
  args = {
    tags = { "list", required = true, help = "What its members have: KEY=VALUE (given again for each value) or KEY." },
    name = { "string", help = "The group's name; without it, after the first tag's value." },
    types = { "list", help = "Only resources of these types, as in AWS::EC2::Instance; without it, all." },
    nested = { "boolean", default = false, help = "Its members are the groups that have these tags themselves." },
    group_tags = { "list", help = "Tags of the group itself: KEY=VALUE." },
    description = { "string", help = "What the group is for." },
    regions = { "list", help = "The regions to make it in, or all; without it, the session's own." },
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
