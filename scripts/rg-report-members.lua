-- What is in a resource group, or in all of them, with groups in groups in their place.

local groups = require "groups"
local rows = require "rows"

local COLUMNS = { "group", "in_group", "type", "id", "region" }

-- The members of one group; a group that is not complete is told of by the library.
local function members_of(name, args)
  local members, errors = groups.members(name, { recursive = args.recursive })
  local found = {}
  for _, member in ipairs(members) do
    if not args.type or member.type == args.type then
      found[#found + 1] = rows.merged(member, { group = name, in_group = member.group })
    end
  end
  return found, #errors == 0
end

return script {
  summary = "List the members of a resource group, or of all.",
  risk = "read",
  args = {
    group = { "string", help = "The group's name; without it, all groups." },
    type = { "string", help = "Only members of this type, as in AWS::EC2::Instance." },
    recursive = { "boolean", default = true, help = "The members of groups in a group in their place." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { group = "backend" } },
  run = function(args)
    local complete = true
    local swept = sweep.regions(args.regions, function()
      local names = { args.group }
      if not args.group then
        for at, group in ipairs(groups.list()) do names[at] = group.name end
      end
      local found = {}
      for _, name in ipairs(names) do
        local members, whole = members_of(name, args)
        complete = complete and whole
        table.move(members, 1, #members, #found + 1, found)
      end
      return found
    end)
    local found = rows.sorted(swept.results, "region", "group", "in_group", "type", "id")
    report.print(found, { title = "Members of resource groups", columns = COLUMNS })
    -- 3: done, but what a group asks for was not all there.
    return complete and 0 or 3
  end,
}
