-- Patches: missing, failed and pending patches by machine, by patch and by patch group.

local findings = require "findings"
local list = require "list"
local nodes = require "nodes"
local options = require "options"
local rows = require "rows"

local patch = {}

---@class patch.State
---@field name string
---@field instance_id string
---@field patch_group string
---@field baseline_id string
---@field installed integer
---@field missing integer
---@field failed integer
---@field pending_reboot integer
---@field critical integer The number of critical patches among those that are not compliant.
---@field operation "Scan"|"Install"
---@field age integer Seconds since the scan or installation.
---@field operation_end_time Time

local function row(state, name_of)
  return {
    name = name_of(state.instance_id),
    instance_id = state.instance_id,
    patch_group = state.patch_group,
    baseline_id = state.baseline_id,
    installed = state.installed_count + state.installed_other_count,
    missing = state.missing_count,
    failed = state.failed_count,
    pending_reboot = state.installed_pending_reboot_count or 0,
    critical = state.critical_non_compliant_count or 0,
    operation = state.operation,
    operation_end_time = state.operation_end_time,
    age = rows.age(state.operation_end_time),
  }
end

-- The maximum of DescribeInstancePatchStates.
local IDS_PER_CALL = 50

local function states_of(ids, name_of)
  local found = {}
  for _, batch in ipairs(list.chunk(ids, IDS_PER_CALL)) do
    for state in ssm.describe_instance_patch_states.items { instance_ids = batch } do
      found[#found + 1] = row(state, name_of)
    end
  end
  return found
end

local function managed_ids()
  local ids, names = {}, {}
  for at, node in ipairs(nodes.managed()) do
    ids[at] = node.instance_id
    names[node.instance_id] = node.name
  end
  return ids, names
end

---Returns the latest scan of each managed machine, or of each machine in a patch group. Machines that were
---never scanned are not included.
---@param opts? { group?: string }
---@return patch.State[]
function patch.states(opts)
  local settings = options.read("patch.states", opts, { group = { "string" } })
  if not settings.group then
    local ids, names = managed_ids()
    return rows.sorted(states_of(ids, function(id) return names[id] or "" end), "name", "instance_id")
  end
  local name_of, found = nodes.namer(), {}
  for state in ssm.describe_instance_patch_states_for_patch_group.items { patch_group = settings.group } do
    found[#found + 1] = row(state, name_of)
  end
  return rows.sorted(found, "name", "instance_id")
end

---@class patch.MissingPatch
---@field name string The machine's name.
---@field instance_id string
---@field title string
---@field kb_id string
---@field classification string
---@field severity string The vendor's severity.
---@field state "MISSING"|"FAILED"|"INSTALLED_PENDING_REBOOT"|"INSTALLED_REJECTED"
---@field cve_ids string

local RANK = { Critical = 1, Important = 2, Moderate = 3, Medium = 3, Low = 4 }
local NOT_COMPLIANT = { "Missing", "Failed", "InstalledPendingReboot", "InstalledRejected" }

---Returns the patches that are missing, failed, pending a reboot or rejected, the worst severity first.
---@param opts? { severity?: string, group?: string }
---@return patch.MissingPatch[]
function patch.missing(opts)
  local settings = options.read("patch.missing", opts, { severity = { "string" }, group = { "string" } })
  ---@type ssm.input.PatchOrchestratorFilter[]
  local filters = { { key = "State", values = NOT_COMPLIANT } }
  if settings.severity then filters[#filters + 1] = { key = "Severity", values = { settings.severity } } end
  local bad = {}
  for _, state in ipairs(patch.states { group = settings.group }) do
    if state.missing + state.failed + state.pending_reboot > 0 then bad[#bad + 1] = state end
  end
  local found = list.flatten(task.map(bad, function(state)
    local patches = ssm.describe_instance_patches.all { instance_id = state.instance_id, filters = filters }
    local listed = {}
    for at, one in ipairs(patches) do
      listed[at] = {
        name = state.name,
        instance_id = state.instance_id,
        title = one.title,
        kb_id = one.kb_id,
        classification = one.classification,
        severity = one.severity,
        state = one.state,
        cve_ids = one.cve_ids or "",
      }
    end
    return listed
  end, { limit = 4 }))
  local function rank(one) return RANK[one.severity] or 5 end
  return rows.sorted(found, rank, "title", "name", "instance_id")
end

---@class patch.Group
---@field patch_group string
---@field operating_system string
---@field baseline_id string
---@field baseline_name string
---@field instances integer The number of scanned machines.
---@field missing integer The number of machines that lack a patch.
---@field failed integer
---@field pending_reboot integer

---Returns the patch groups with their own baseline, each with its state.
---@return patch.Group[]
function patch.groups()
  local found = {}
  for mapping in ssm.describe_patch_groups.items() do
    local group, baseline = mapping.patch_group or "", mapping.baseline_identity or {}
    local state = ssm.describe_patch_group_state { patch_group = group }
    found[#found + 1] = {
      patch_group = group,
      operating_system = baseline.operating_system,
      baseline_id = baseline.baseline_id,
      baseline_name = baseline.baseline_name,
      instances = state.instances,
      missing = state.instances_with_missing_patches,
      failed = state.instances_with_failed_patches,
      pending_reboot = state.instances_with_installed_pending_reboot_patches or 0,
    }
  end
  return rows.sorted(found, "patch_group", "operating_system")
end

---@class patch.Baseline
---@field name string
---@field baseline_id string
---@field operating_system string
---@field default_baseline boolean
---@field description string

---Returns the patch baselines of the account and of AWS, or of one `owner`.
---@param opts? { owner?: "Self"|"AWS" }
---@return patch.Baseline[]
function patch.baselines(opts)
  local settings = options.read("patch.baselines", opts, { owner = { "string", choices = { "Self", "AWS" } } })
  local filters = settings.owner and { { key = "OWNER", values = { settings.owner } } } or nil
  local found = {}
  for one in ssm.describe_patch_baselines.items { filters = filters } do
    found[#found + 1] = {
      name = one.baseline_name,
      baseline_id = one.baseline_id,
      operating_system = one.operating_system,
      default_baseline = one.default_baseline,
      description = one.baseline_description or "",
    }
  end
  return rows.sorted(found, "name", "baseline_id")
end

---Returns a finding for each machine with missing or failed patches, with patches that need a reboot, or
---without a recent scan.
---@param opts? { max_age?: string|integer } The maximum age of a scan. Default: 7 days.
---@return findings.Finding[]
function patch.findings(opts)
  local settings = options.read("patch.findings", opts, { max_age = { "duration", default = time.days(7) } })
  local ids, names = managed_ids()
  local found, scanned = {}, {}
  for _, state in ipairs(states_of(ids, function(id) return names[id] or "" end)) do
    scanned[state.instance_id] = true
    local function add(...) found[#found + 1] = findings.new(state, ...) end
    if state.failed > 0 then
      local count = rows.counted(state.failed, "patch", "patches")
      add("high", "failed-patch", count .. " failed to install; check the output of the run.")
    end
    if state.missing > 0 then
      -- AWS's number of critical patches also contains failed and pending ones.
      local critical = state.critical > 0
      local count = rows.counted(state.missing, "patch is", "patches are")
      local worst = critical and ", and a critical patch is not installed" or ""
      local detail = count .. " missing" .. worst .. "; run AWS-RunPatchBaseline with Install."
      add(critical and "critical" or "medium", "missing-patch", detail)
    end
    if state.pending_reboot > 0 then
      local count = rows.counted(state.pending_reboot, "patch takes", "patches take")
      add("medium", "pending-reboot", count .. " effect after a reboot; reboot the machine.")
    end
    if state.age > settings.max_age then
      local days = rows.age_in_days(state.age)
      add("medium", "old-patch-scan", "Last patch scan was " .. days .. " ago; scan the machine again.")
    end
  end
  for _, id in ipairs(ids) do
    if not scanned[id] then
      local about = { name = names[id], instance_id = id }
      local detail = "Machine was never scanned for patches; scan it."
      found[#found + 1] = findings.new(about, "medium", "never-scanned", detail)
    end
  end
  return findings.sorted(found, "instance_id", "finding")
end

return patch
