-- Patches: what is missing where, by machine, by patch and by patch group.

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
---@field critical integer How many of those that are not as they should be are critical.
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

-- As many as DescribeInstancePatchStates takes.
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

---The newest scan of each managed machine, or of those of a patch group. Who was never scanned is not among them.
---@param given? { group?: string }
---@return patch.State[]
function patch.states(given)
  local asked = options.read("patch.states", given, { group = { "string" } })
  if not asked.group then
    local ids, names = managed_ids()
    return rows.sorted(states_of(ids, function(id) return names[id] or "" end), "name", "instance_id")
  end
  local name_of, found = nodes.namer(), {}
  for state in ssm.describe_instance_patch_states_for_patch_group.items { patch_group = asked.group } do
    found[#found + 1] = row(state, name_of)
  end
  return rows.sorted(found, "name", "instance_id")
end

---@class patch.Wanting
---@field name string The machine's.
---@field instance_id string
---@field title string
---@field kb_id string
---@field classification string
---@field severity string As its vendor calls it.
---@field state "MISSING"|"FAILED"|"INSTALLED_PENDING_REBOOT"|"INSTALLED_REJECTED"
---@field cve_ids string

local RANK = { Critical = 1, Important = 2, Moderate = 3, Medium = 3, Low = 4 }
local WANTING = { "Missing", "Failed", "InstalledPendingReboot", "InstalledRejected" }

---The patches that are not as they should be, the worst first.
---@param given? { severity?: string, group?: string }
---@return patch.Wanting[]
function patch.missing(given)
  local asked = options.read("patch.missing", given, { severity = { "string" }, group = { "string" } })
  ---@type ssm.input.PatchOrchestratorFilter[]
  local filters = { { key = "State", values = WANTING } }
  if asked.severity then filters[#filters + 1] = { key = "Severity", values = { asked.severity } } end
  local bad = {}
  for _, state in ipairs(patch.states { group = asked.group }) do
    if state.missing + state.failed + state.pending_reboot > 0 then bad[#bad + 1] = state end
  end
  local found = list.flatten(task.map(bad, function(state)
    local wanting = ssm.describe_instance_patches.all { instance_id = state.instance_id, filters = filters }
    local listed = {}
    for at, one in ipairs(wanting) do
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
---@field instances integer Those that were scanned.
---@field missing integer How many of them lack a patch.
---@field failed integer
---@field pending_reboot integer

---The patch groups with a baseline of their own, and how they stand.
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

---The baselines: the account's own, or AWS's as well.
---@param given? { owner?: "Self"|"AWS" }
---@return patch.Baseline[]
function patch.baselines(given)
  local asked = options.read("patch.baselines", given, { owner = { "string", choices = { "Self", "AWS" } } })
  local filters = asked.owner and { { key = "OWNER", values = { asked.owner } } } or nil
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

local function counted(count, one, many)
  return count .. " " .. (count == 1 and one or many)
end

---Machines that lack patches, where one has failed or waits for a reboot, and those that were not
---scanned for long, or ever.
---@param given? { max_age?: string|integer } Scans that are older tell too little; a week, if it is not said.
---@return findings.Finding[]
function patch.findings(given)
  local asked = options.read("patch.findings", given, { max_age = { "duration", default = time.days(7) } })
  local ids, names = managed_ids()
  local found, scanned = {}, {}
  for _, state in ipairs(states_of(ids, function(id) return names[id] or "" end)) do
    scanned[state.instance_id] = true
    local function add(...) found[#found + 1] = findings.new(state, ...) end
    if state.failed > 0 then
      local many = counted(state.failed, "patch", "patches")
      add("high", "failed-patch", many .. " could not be installed: look at the run's output.")
    end
    if state.missing > 0 then
      -- Of what has failed or waits, AWS counts the critical ones in with what is missing.
      local critical = state.critical > 0
      local many = counted(state.missing, "patch is", "patches are")
      local worst = critical and ", and a critical one is not installed" or ""
      add(critical and "critical" or "medium", "missing-patch",
        many .. " missing" .. worst .. ": run AWS-RunPatchBaseline with Install.")
    end
    if state.pending_reboot > 0 then
      local many = counted(state.pending_reboot, "patch takes", "patches take")
      add("medium", "pending-reboot", many .. " effect after a reboot: reboot it.")
    end
    if state.age > asked.max_age then
      add("medium", "old-patch-scan", "It was last scanned " .. rows.days(state.age) .. " days ago: scan it again.")
    end
  end
  for _, id in ipairs(ids) do
    if not scanned[id] then
      local about = { name = names[id], instance_id = id }
      found[#found + 1] = findings.new(about, "medium", "never-scanned", "It was never scanned for patches: scan it.")
    end
  end
  return findings.sorted(found, "instance_id", "finding")
end

return patch
