-- Machine images of one's own: who uses which, and which are old, unused or public.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

local images = {}

---@class images.Image
---@field name string The Name tag, or the image's own name.
---@field image_id string
---@field image_name string
---@field state string
---@field is_public boolean
---@field platform_details? string
---@field architecture? string
---@field age? integer
---@field creation_date Time
---@field deprecation_time? Time
---@field size_gib integer Of the volumes that it makes.
---@field snapshot_ids string[]
---@field used_by string[] The instances and launch templates that name it.
---@field tags table<string, string>

---@class images.Options
---@field tags? tags.Wanted
---@field name? string|string[] Of the image itself; `*` and `?` stand for what they stand for with AWS.
---@field min_age? string|integer As in "180d".
---@field max_age? string|integer

local SPECS = {
  tags = { "map" },
  name = { "list" },
  min_age = { "duration" },
  max_age = { "duration" },
}

local OLD_SPECS = rows.merged(SPECS, {
  all = { "boolean" },
  min_age = { "duration", default = time.days(180) },
})

local function add(users, image_id, user)
  if not image_id then return end
  users[image_id] = users[image_id] or {}
  table.insert(users[image_id], user)
end

-- The versions that somebody starts machines from: an older one is named by its number alone, so all
-- of them count.
local function add_templates(users)
  for template in ec2.describe_launch_templates.items() do
    local seen = {}
    for version in ec2.describe_launch_template_versions.items { launch_template_id = template.launch_template_id } do
      local image_id = version.launch_template_data and version.launch_template_data.image_id
      if image_id and not seen[image_id] then add(users, image_id, template.launch_template_id) end
      if image_id then seen[image_id] = true end
    end
  end
end

---Who uses which image: the instances that are there, and the launch templates, whose older versions
---count as well. Launch configurations of auto scaling groups are no part of EC2, and not asked.
---@return table<string, string[]> users Ids by the image's id.
function images.users()
  local users = {}
  for instance in ec2.describe_instances.items() do
    local is_gone = instance.state and instance.state.name == "terminated"
    if not is_gone then add(users, instance.image_id, instance.instance_id) end
  end
  add_templates(users)
  for _, ids in pairs(users) do table.sort(ids) end
  return users
end

local function record(image, users)
  local size, snapshot_ids = 0, {}
  for _, mapping in ipairs(image.block_device_mappings) do
    if mapping.ebs then
      size = size + (mapping.ebs.volume_size or 0)
      snapshot_ids[#snapshot_ids + 1] = mapping.ebs.snapshot_id
    end
  end
  local created = image.creation_date and time.parse(image.creation_date)
  local name = rows.name(image.tags)
  return {
    name = name ~= "" and name or image.name or "",
    image_id = image.image_id,
    image_name = image.name or "",
    state = image.state,
    is_public = image.public == true,
    platform_details = image.platform_details,
    architecture = image.architecture,
    age = rows.age(created),
    creation_date = created,
    deprecation_time = image.deprecation_time and time.parse(image.deprecation_time),
    size_gib = size,
    snapshot_ids = snapshot_ids,
    used_by = users[image.image_id] or {},
    tags = image.tags,
  }
end

local function select(read)
  local filters = tags.filters(read.tags, { name = read.name })
  local known = task.all {
    images = function()
      return ec2.describe_images.all { owners = { "self" }, filters = filters }
    end,
    users = images.users,
  }
  local found = {}
  for _, image in ipairs(known.images) do
    local row = record(image, known.users)
    if rows.is_of_age(row.age, read.min_age, read.max_age) and tags.lacks(row.tags, read.tags) then
      found[#found + 1] = row
    end
  end
  return found
end

---A flat record for each of the account's own images, by name and id.
---@param given? images.Options
---@return images.Image[]
function images.list(given)
  return list.sort_by(select(options.read("images.list", given, SPECS)), "name", "image_id")
end

---@class images.OldOptions: images.Options
---@field all? boolean Also those that are in use.

-- When something was last started of an image, by whomever: AWS knows a day later.
local function last_launched(image_id)
  local answer = ec2.describe_image_attribute { image_id = image_id, attribute = "lastLaunchedTime" }
  local value = answer.last_launched_time and answer.last_launched_time.value
  return value and time.parse(value)
end

-- What was started of late is used by somebody who is not seen from here.
local LATELY = time.days(30)

local function old(row)
  local says = ("It is %d days old"):format(rows.days(row.age))
  if #row.used_by > 0 then
    local detail = says .. ", and used by " .. #row.used_by .. ": build a newer one for them."
    return findings.new(row, "info", "old-image", detail)
  end
  row.last_launched_time = last_launched(row.image_id)
  local since = rows.age(row.last_launched_time)
  says = says .. ", and no instance or launch template uses it"
  if since and since < LATELY then
    local detail = ("%s, but it was started %d days ago: find out by whom."):format(says, rows.days(since))
    return findings.new(row, "info", "old-image", detail)
  end
  return findings.new(row, "low", "old-image", says .. ": deregister it, then delete its snapshots.")
end

---Images that are older than `min_age`, 180 days if it is not said, and in nobody's use; with `all` also
---the others. Of those in nobody's use it is told when they were last started, `last_launched_time`.
---@param given? images.OldOptions
---@return findings.Finding[]
function images.old(given)
  local read = options.read("images.old", given, OLD_SPECS)
  local candidates = {}
  for _, row in ipairs(select(read)) do
    if read.all or #row.used_by == 0 then candidates[#candidates + 1] = row end
  end
  local found = task.map(candidates, old, { limit = 8 })
  return findings.sorted(found, "creation_date", "image_id")
end

---Images that everybody can start, and read the disks of.
---@param given? images.Options
---@return findings.Finding[]
function images.shared_with_all(given)
  local detail = "Everybody with an AWS account can start it, and read its disks: remove all from its launchPermission."
  local found = {}
  for _, row in ipairs(select(options.read("images.shared_with_all", given, SPECS))) do
    if row.is_public then found[#found + 1] = findings.new(row, "critical", "public-image", detail) end
  end
  return findings.sorted(found, "image_id")
end

return images
