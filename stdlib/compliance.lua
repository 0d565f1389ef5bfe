-- Systems Manager compliance: machines that violate patch baselines, associations or custom rules.

local findings = require "findings"
local nodes = require "nodes"
local options = require "options"
local rows = require "rows"

local compliance = {}

---@class compliance.Summary
---@field compliance_type string
---@field compliant integer The number of machines.
---@field non_compliant integer

---Returns the number of compliant and non-compliant machines for each compliance type.
---@return compliance.Summary[]
function compliance.summary()
  local found = {}
  for item in ssm.list_compliance_summaries.items() do
    found[#found + 1] = {
      compliance_type = item.compliance_type,
      compliant = item.compliant_summary and item.compliant_summary.compliant_count or 0,
      non_compliant = item.non_compliant_summary and item.non_compliant_summary.non_compliant_count or 0,
    }
  end
  return rows.sorted(found, "compliance_type")
end

---@class compliance.Options
---@field type? string "Patch", "Association" or "Custom:…".
---@field status? "COMPLIANT"|"NON_COMPLIANT"

---@class compliance.Node
---@field name string
---@field instance_id string
---@field compliance_type string
---@field status "COMPLIANT"|"NON_COMPLIANT"
---@field severity string The highest severity of its items.
---@field compliant integer The number of compliant items.
---@field non_compliant integer
---@field execution_time? Time

local SPECS = { type = { "string" }, status = { "string", choices = { "COMPLIANT", "NON_COMPLIANT" } } }

local function filters_of(settings)
  local filters = {}
  local function filter(key, value)
    if value then filters[#filters + 1] = { key = key, values = { value }, type = "EQUAL" } end
  end
  filter("ComplianceType", settings.type)
  filter("Status", settings.status)
  return #filters > 0 and filters or nil
end

---Returns a row for each machine and each compliance type.
---@param opts? compliance.Options
---@return compliance.Node[]
function compliance.nodes(opts)
  local settings = options.read("compliance.nodes", opts, SPECS)
  local name_of, found = nodes.namer(), {}
  for item in ssm.list_resource_compliance_summaries.items { filters = filters_of(settings) } do
    found[#found + 1] = {
      name = name_of(item.resource_id or ""),
      instance_id = item.resource_id,
      compliance_type = item.compliance_type,
      status = item.status,
      severity = item.overall_severity,
      compliant = item.compliant_summary and item.compliant_summary.compliant_count or 0,
      non_compliant = item.non_compliant_summary and item.non_compliant_summary.non_compliant_count or 0,
      execution_time = item.execution_summary and item.execution_summary.execution_time,
    }
  end
  return rows.sorted(found, "name", "instance_id", "compliance_type")
end

---@class compliance.Item
---@field name string The machine's.
---@field instance_id string
---@field compliance_type string
---@field id string
---@field title string
---@field status "COMPLIANT"|"NON_COMPLIANT"
---@field severity string
---@field details table<string, string>

---Returns the compliance items of one machine.
---@param instance_id string
---@param opts? compliance.Options
---@return compliance.Item[]
function compliance.items(instance_id, opts)
  local settings = options.read("compliance.items", opts, SPECS)
  local found = {}
  local request = {
    resource_ids = { instance_id },
    resource_types = { "ManagedInstance" },
    filters = filters_of(settings),
  }
  for item in ssm.list_compliance_items.items(request) do
    found[#found + 1] = {
      instance_id = item.resource_id,
      compliance_type = item.compliance_type,
      id = item.id or "",
      title = item.title or "",
      status = item.status,
      severity = item.severity,
      details = item.details or {},
    }
  end
  return rows.sorted(found, "compliance_type", "title", "id")
end

-- AWS's severities as severities of findings. An unspecified one is medium, so that it is not overlooked.
local SEVERITIES = {
  CRITICAL = "critical",
  HIGH = "high",
  MEDIUM = "medium",
  LOW = "low",
  INFORMATIONAL = "info",
  UNSPECIFIED = "medium",
}

local function titles(items)
  local words = {}
  for at = 1, math.min(#items, 3) do words[at] = items[at].title ~= "" and items[at].title or items[at].id end
  if #items > 3 then words[#words + 1] = (#items - 3) .. " more" end
  return table.concat(words, ", ")
end

---Returns a finding for each machine and each compliance type that the machine violates.
---@param opts? { type?: string }
---@return findings.Finding[]
function compliance.findings(opts)
  local settings = options.read("compliance.findings", opts, { type = { "string" } })
  local found = {}
  for _, node in ipairs(compliance.nodes { type = settings.type, status = "NON_COMPLIANT" }) do
    local items = compliance.items(node.instance_id, { type = node.compliance_type, status = "NON_COMPLIANT" })
    local reason = items[1] and items[1].details.Reason
    local total = rows.counted(node.compliant + node.non_compliant, "item")
    local verb = node.non_compliant == 1 and " is" or " are"
    local detail = node.non_compliant .. " of " .. total .. verb .. " not compliant: " .. titles(items) .. "."
    if reason then detail = detail .. " " .. reason end
    found[#found + 1] = findings.new(node, SEVERITIES[node.severity] or "medium", "non-compliant", detail)
  end
  return findings.sorted(found, "instance_id", "compliance_type")
end

return compliance
