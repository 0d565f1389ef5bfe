-- What has no tags, or not those that a policy requires: also what never had any, which AWS's tagging
-- API does not list.

local findings = require "findings"
local rows = require "rows"
local tagpolicy = require "tagpolicy"
local tags = require "tags"

-- The exit code that says: done, but not with all of them.
local INCOMPLETE = 3

local COLUMNS = { "severity", "finding", "name", "resource_id", "region", "resource_type", "key", "value", "detail" }

local function sees_all(found)
  for _, finding in ipairs(found) do
    if finding.finding == "not-visible" then return false end
  end
  return true
end

return script {
  summary = "Find resources without the tags that they have to have.",
  risk = "read",
  args = {
    required = {
      "list",
      default = { "Owner" },
      help = "The policy: KEY, KEY=VALUE (again for each that is allowed), or KEY~PATTERN, a Lua pattern.",
    },
    kinds = { "list", help = "The kinds, such as instance,volume,iam-role, or all; without it, the usual ones." },
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = {
    args = {
      required = { "Owner", "Env=prod", "Env=staging", "Env=dev" },
      kinds = { "instance", "image", "snapshot" },
      regions = { "eu-central-1", "us-east-1" },
    },
  },
  run = function(args)
    local policy, wanted = tagpolicy.parse(args.required), tags.parse(args.tags)
    local regional, global = tags.by_scope(args.kinds)
    local found = {}
    if #regional > 0 then
      found = sweep.regions(args.regions, function()
        return tags.audit { policy = policy, kinds = regional, tags = wanted }
      end).results
    end
    if #global > 0 then
      local others = tags.audit { policy = policy, kinds = global, tags = wanted }
      for _, finding in ipairs(others) do found[#found + 1] = rows.merged(finding, { region = "global" }) end
    end
    found = findings.sorted(found, "resource_type", "resource_id", "key")
    report.print(found, { title = "Tags that are missing or wrong", columns = COLUMNS })
    return sees_all(found) and 0 or INCOMPLETE
  end,
}
