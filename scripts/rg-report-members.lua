-- Lists the members of one or all resource groups. Nested groups are replaced by their members.

local groups = require "groups"
local rows = require "rows"

local COLUMNS = { "group", "in_group", "type", "id", "region" }

-- Returns the members of one group, and whether they are complete. The library logs the reasons if they are not.
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
  summary = "List the members of one or all resource groups.",
  risk = "read",
  args = {
    group = { "string", help = "Select the group with this name; by default all groups." },
    type = { "string", help = "Select members of this type, such as AWS::EC2::Instance." },
    recursive = { "boolean", default = true, help = "Replace nested groups by their members." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
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
    -- 3: done, but the members of a group are incomplete.
    return complete and 0 or 3
  end,
}
