-- Starts instances from a launch template.

local list = require "list"
local rows = require "rows"
local tags = require "tags"

local COLUMNS = {
  "status",
  "name",
  "instance_id",
  "type",
  "state",
  "zone",
  "private_ip",
  "image_id",
  "template",
  "version",
}

-- Returns a launch template by id or name. A wrong one is an error before the first change.
---@param wanted string
local function find_template(wanted)
  local names = {}
  for template in ec2.describe_launch_templates.items() do
    if template.launch_template_id == wanted or template.launch_template_name == wanted then return template end
    names[#names + 1] = template.launch_template_name
  end
  table.sort(names)
  local known = #names > 0 and "; known templates: " .. table.concat(names, ", ") or "; " .. aws.region .. " has none"
  error("unknown launch template '" .. wanted .. "'" .. known, 0)
end

local function launch_request(template, args)
  local assigned = args.tags and tags.assignments(args.tags)
  return {
    launch_template = { launch_template_id = template.launch_template_id, version = args.version },
    min_count = args.count,
    max_count = args.count,
    instance_type = args.type,
    subnet_id = args.subnet,
    tag_specifications = assigned and { { resource_type = "instance", tags = assigned } },
  }
end

-- EC2 may not list a new instance immediately. Until then, the response of RunInstances is used.
local function row_of(instance)
  return {
    name = rows.name(instance.tags),
    instance_id = instance.instance_id,
    type = instance.instance_type,
    state = instance.state and instance.state.name,
    image_id = instance.image_id,
  }
end

local function launched(answer, args)
  local ids, found = {}, {}
  for at, instance in ipairs(answer.instances) do
    ids[at], found[instance.instance_id] = instance.instance_id, row_of(instance)
  end
  if args.wait then ec2.wait.instance_running { instance_ids = ids, timeout = args.timeout } end
  for _, instance in ipairs(fleet.instances { ids = ids }) do found[instance.instance_id] = instance end
  return found
end

return script {
  summary = "Launch instances from a template and wait until they run.",
  risk = "write",
  args = {
    template = { "string", required = true, help = "Use this launch template, by name or id." },
    version = { "string", default = "$Default", help = "Use this template version: a number, $Latest or $Default." },
    count = { "integer", default = 1, help = "Launch this number of instances, or none if AWS cannot launch all." },
    type = { "string", help = "Use this instance type instead of the template's." },
    subnet = { "string", help = "Use this subnet instead of the template's." },
    tags = { "list", help = "Set these tags in addition to the template's, as KEY=VALUE." },
    wait = { "boolean", default = true, help = "Wait until the instances run." },
    timeout = { "duration", default = "5m", help = "Limit the time to wait." },
  },
  example = { args = { template = "app20-web", wait = false } },
  run = function(args)
    if args.count < 1 then error("count must be at least 1, not " .. args.count, 0) end
    local template = find_template(args.template)
    local answer = ec2.run_instances(launch_request(template, args))
    local about = { template = template.launch_template_name, version = args.version, status = "launched" }
    local found = {}
    if type(answer) == "userdata" then
      found[1] = rows.merged(about, { name = "", status = "planned", type = args.type })
    else
      for _, row in pairs(launched(answer, args)) do found[#found + 1] = rows.merged(row, about) end
    end
    report.print(list.sort_by(found, "name", "instance_id"), { title = "Launched", columns = COLUMNS })
  end,
}
