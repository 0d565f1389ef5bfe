-- Reports the whole account on one page: running instances, findings, and failed checks. Each check is a
-- function of the library. A check that fails becomes a row of its own and does not stop the others.

local associations = require "associations"
local compliance = require "compliance"
local findings = require "findings"
local images = require "images"
local list = require "list"
local network = require "network"
local nodes = require "nodes"
local params = require "params"
local patch = require "patch"
local policies = require "policies"
local roles = require "roles"
local rows = require "rows"
local snapshots = require "snapshots"
local tags = require "tags"
local users = require "users"
local volumes = require "volumes"

-- The exit code of a run that is done, but in which a check failed.
local INCOMPLETE = 3

-- The checks of each region, by the name that is reported if a check fails.
local REGIONAL = {
  ["IMDSv1"] = fleet.imdsv1,
  ["unattached volumes"] = volumes.unattached,
  ["unencrypted volumes"] = volumes.unencrypted,
  ["encryption by default"] = volumes.encryption_off,
  ["old snapshots"] = snapshots.old,
  ["public snapshots"] = snapshots.shared_with_all,
  ["old images"] = images.old,
  ["public images"] = images.shared_with_all,
  ["open ports"] = network.open_ports,
  ["public instances"] = network.public_instances,
  ["unused addresses"] = network.unused_addresses,
  ["unreachable machines"] = nodes.findings,
  ["parameters"] = params.audit,
  ["patches"] = patch.findings,
  ["associations"] = associations.findings,
  -- The checks above report patches and associations in more detail.
  ["compliance"] = function()
    return list.reject(compliance.findings(), function(row)
      return row.compliance_type == "Patch" or row.compliance_type == "Association"
    end)
  end,
}

-- The checks of the account as a whole.
local GLOBAL = {
  ["the root user"] = users.root,
  ["MFA"] = function()
    return list.reject(users.without_mfa(), function(row) return row.finding == "root-without-mfa" end)
  end,
  ["access keys"] = users.access_keys,
  ["inactive users"] = users.inactive,
  ["the password policy"] = users.password_policy,
  ["trust in other accounts"] = roles.trust,
  ["unused roles"] = roles.unused,
  ["administrators"] = policies.admins,
}

local IDS = {
  "instance_id", "snapshot_id", "volume_id", "image_id", "group_id", "allocation_id", "association_id",
  "access_key_id", "resource_id", "arn",
}

local COLUMNS = { "severity", "finding", "name", "id", "region", "detail" }
local MACHINES = { "name", "instance_id", "region", "type", "state", "days", "private_ip", "public_ip" }

local function id_of(found)
  local field = list.find(IDS, function(name) return found[name] ~= nil end)
  return field and found[field] or ""
end

-- Converts a finding to a row of this page. The ids of all kinds of resources share one column.
local function line(found)
  return {
    severity = found.severity,
    finding = found.finding,
    name = found.name,
    id = id_of(found),
    detail = found.detail,
  }
end

-- Returns the findings of all checks, and a row with the problem for each check that failed or could not see
-- everything.
local function checked(checks)
  local found = task.map(list.keys(checks), function(name)
    local ok, answer = pcall(checks[name])
    if ok then
      return list.map(answer, function(one)
        -- A check that could not see everything is not done, at any severity.
        return one.finding == "not-visible" and { check = name, problem = one.detail } or line(one)
      end)
    end
    return { { check = name, problem = tostring(answer) } }
  end)
  return list.flatten(found)
end

local function required(names)
  local policy = {}
  for _, name in ipairs(names) do policy[name] = true end
  return policy
end

-- Returns the instances and the findings of one region.
local function region(args)
  local checks = REGIONAL
  if #args.required_tags > 0 then
    checks = rows.merged(REGIONAL, {
      ["required tags"] = function()
        return tags.audit { policy = required(args.required_tags), kinds = { "instance", "volume" } }
      end,
    })
  end
  -- This call needs no permission. If it fails, all calls fail, and the sweep reports the region once.
  sts.get_caller_identity()
  local answers = task.all {
    machines = function()
      local ok, machines = pcall(fleet.instances)
      if ok then return machines end
      return { { check = "instances", problem = tostring(machines) } }
    end,
    checked = function() return checked(checks) end,
  }
  return list.flatten { answers.machines, answers.checked }
end

-- Returns the findings of the account's own checks, with the fields that a sweep adds.
local function account()
  local id = aws.whoami().account
  return list.map(checked(GLOBAL), function(row)
    return rows.merged(row, { account = id, region = "global" })
  end)
end

local function figures(machines, found, problems)
  local states = list.count_by(machines, "state")
  local regions = #list.unique(list.pluck(machines, "region"))
  local figures = {
    { "running", states.running or 0 },
    { "stopped", states.stopped or 0 },
    { rows.noun(regions, "region"), regions },
  }
  if #problems > 0 then figures[#figures + 1] = { rows.noun(#problems, "failed check"), #problems, "high" } end
  return list.flatten { figures, report.figures(found) }
end

return script {
  summary = "Report instances, findings and next steps of the whole account on one page.",
  risk = "read",
  args = {
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
    required_tags = { "list", default = { "Owner" }, help = "Require these tags on instances and volumes." },
    least = {
      "string",
      default = "low",
      choices = { "critical", "high", "medium", "low", "info" },
      help = "Report only findings of at least this severity.",
    },
  },
  findings = {
    "admin-attached", "admin-by-custom-policy", "admin-by-group", "admin-by-inline-policy", "admin-by-permission-set",
    "advanced-tier-unused", "can-assume-admin", "can-become-admin", "empty-tag", "encryption-not-default",
    "failed-association", "failed-patch", "federation", "fixed-passwords", "guest-federation", "idle-address", "imdsv1",
    "inactive-access-key", "inactive-user", "missing-patch", "missing-tag", "never-changed", "never-scanned",
    "never-seen-user", "never-used-access-key", "never-used-password", "never-used-role", "no-lowercase", "no-mfa",
    "no-numbers", "no-password-policy", "no-symbols", "no-uppercase", "non-compliant", "not-visible", "offline-node",
    "old-access-key", "old-agent", "old-copy", "old-image", "old-patch-scan", "old-secret", "old-snapshot", "open-port",
    "pending-reboot", "plain-secret", "public-image", "public-instance", "public-snapshot", "reused-passwords",
    "root-access-key", "root-used", "root-without-mfa", "short-passwords", "snapshot-without-volume",
    "trust-in-account", "trust-in-any-identity", "trust-in-deleted-principal", "trust-in-everyone",
    "trust-in-own-account", "trust-in-principal", "trust-without-external-id", "unattached-volume",
    "unencrypted-volume", "unmanaged-instance", "unrecorded-use", "untagged", "untagged-parameter", "unused-access-key",
    "unused-address", "unused-role", "waiting-association", "wide-federation", "wrong-tag",
  },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local answers = task.all {
      swept = function() return sweep.regions(args.regions, function() return region(args) end) end,
      account = account,
    }
    local all = list.flatten { answers.account, answers.swept.results }
    local problems, rest = list.partition(all, function(row) return row.problem ~= nil end)
    local machines, found = list.partition(rest, function(row) return row.instance_id ~= nil end)
    local least = findings.rank(args.least)
    found = findings.sorted(list.filter(found, function(row) return findings.rank(row.severity) <= least end), "id")
    machines = list.sort_by(rows.with_days(machines), "region", "name", "instance_id")

    local page = report.new { title = "Daily report" }:summary(figures(machines, found, problems))
    if #problems > 0 then
      problems = list.sort_by(problems, "region", "check")
      for _, row in ipairs(problems) do
        log.warn(row.check .. ": the check failed in " .. row.region .. ": " .. row.problem)
      end
      page:table(problems, { title = "Failed checks", columns = { "check", "region", "problem" } })
    end
    page:chart { title = "Findings by severity", kind = "share", rows = found, label = "severity", severity = "severity" }
    page:chart { title = "Machines by region", kind = "bar", rows = machines, label = "region" }
    page:table(found, { title = "Findings", columns = COLUMNS })
    page:table(machines, { title = "Machines", columns = MACHINES })
    page:print()
    return #problems > 0 and INCOMPLETE or nil
  end,
}
