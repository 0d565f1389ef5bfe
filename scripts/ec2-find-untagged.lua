-- Finds resources without the tags that a policy requires, including resources that never had tags, which
-- AWS's tagging API does not list.

local findings = require "findings"
local rows = require "rows"
local tagpolicy = require "tagpolicy"
local tags = require "tags"

-- The exit code of a run that is done, but in which a kind could not be listed.
local INCOMPLETE = 3

local COLUMNS = { "severity", "finding", "name", "resource_id", "region", "resource_type", "key", "value", "detail" }

local function sees_all(found)
  for _, finding in ipairs(found) do
    if finding.finding == "not-visible" then return false end
  end
  return true
end

return script {
  summary = "Find resources with missing or wrong tags.",
  risk = "read",
  args = {
    required = {
      "list",
      default = { "Owner" },
      help = "Require these tags: KEY, KEY=VALUE (repeated for each allowed value), or KEY~PATTERN, a Lua pattern.",
    },
    kinds = { "list", help = "Select kinds, such as instance,volume,iam-role, or all; by default the usual ones." },
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "empty-tag", "missing-tag", "not-visible", "untagged", "wrong-tag" },
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
    report.print(found, { title = "Missing and wrong tags", columns = COLUMNS })
    return sees_all(found) and 0 or INCOMPLETE
  end,
}
