-- The account's own machine images: their users, and the images that are old, unused or public.

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
---@field size_gib integer The total size of the volumes that the image creates.
---@field snapshot_ids string[]
---@field used_by string[] The ids of the instances and launch templates that use it.
---@field managed_by? string The service that created it and will delete it: "aws-backup" or "data-lifecycle-manager".
---@field tags table<string, string>

---@class images.Options
---@field tags? tags.Wanted
---@field name? string|string[] The image's own name; `*` matches any text and `?` any character.
---@field min_age? string|integer The minimum age, for example "180d".
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

-- A launch template can name a parameter of Systems Manager that contains the image's id.
local PARAMETER = "^resolve:ssm:(.+)$"

-- The maximum of GetParameters.
local NAMES_PER_CALL = 10

-- The values of parameters by their names, which can end with a version or a label.
local function values_of(names)
  local values = {}
  for _, batch in ipairs(list.chunk(names, NAMES_PER_CALL)) do
    for _, parameter in ipairs(ssm.get_parameters({ names = batch }).parameters) do
      local selector = parameter.selector or ""
      values[parameter.name .. selector] = parameter.value
      if parameter.arn then values[parameter.arn .. selector] = parameter.value end
    end
  end
  return values
end

-- The different texts for images in all versions of a template, because an older version can still be launched by its
-- number.
local function image_texts(template_id)
  local texts = {}
  for version in ec2.describe_launch_template_versions.items { launch_template_id = template_id } do
    texts[#texts + 1] = version.launch_template_data and version.launch_template_data.image_id
  end
  return list.unique(texts)
end

-- Adds the launch templates. Returns the ids of those with a parameter that does not exist.
local function add_templates(users)
  local texts_of, names, unresolved = {}, {}, json.list()
  for template in ec2.describe_launch_templates.items() do
    local id = template.launch_template_id
    texts_of[id] = image_texts(id)
    for _, text in ipairs(texts_of[id]) do names[#names + 1] = text:match(PARAMETER) end
  end
  local values = values_of(list.unique(names))
  for id, texts in pairs(texts_of) do
    local image_ids, is_resolved = {}, true
    for _, text in ipairs(texts) do
      local name = text:match(PARAMETER)
      image_ids[#image_ids + 1] = name and values[name] or not name and text or nil
      is_resolved = is_resolved and (not name or values[name] ~= nil)
    end
    for _, image_id in ipairs(list.unique(image_ids)) do add(users, image_id, id) end
    if not is_resolved then unresolved[#unresolved + 1] = id end
  end
  table.sort(unresolved)
  return unresolved
end

---Returns the users of each image: the existing instances, with those of Auto Scaling groups, and the launch templates
---with all their versions; their parameters of Systems Manager are resolved. Launch configurations of Auto Scaling
---groups are not part of EC2's API: an image of theirs is known by its last launch only.
---@return table<string, string[]> users The ids of the users by image id.
---@return string[] unresolved The ids of the launch templates with a parameter that does not exist.
function images.users()
  local users = {}
  for instance in ec2.describe_instances.items() do
    local is_gone = instance.state and instance.state.name == "terminated"
    if not is_gone then add(users, instance.image_id, instance.instance_id) end
  end
  local unresolved = add_templates(users)
  for _, ids in pairs(users) do table.sort(ids) end
  return users, unresolved
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
    managed_by = rows.managed_by(image.tags),
    tags = image.tags,
  }
end

local function select(settings)
  local filters = tags.filters(settings.tags, { name = settings.name })
  local known = task.all {
    images = function()
      return ec2.describe_images.all { owners = { "self" }, filters = filters }
    end,
    users = function() return { images.users() } end,
  }
  local users, unresolved = known.users[1], known.users[2]
  local found = {}
  for _, image in ipairs(known.images) do
    local row = record(image, users)
    if rows.is_of_age(row.age, settings.min_age, settings.max_age) and tags.lacks(row.tags, settings.tags) then
      found[#found + 1] = row
    end
  end
  return found, unresolved
end

---Returns a flat record for each of the account's own images, sorted by name and id.
---@param opts? images.Options
---@return images.Image[]
function images.list(opts)
  local found = select(options.read("images.list", opts, SPECS))
  return list.sort_by(found, "name", "image_id")
end

---@class images.OldOptions: images.Options
---@field all? boolean Include images that are in use.

-- The time of the last launch from an image, in any account. AWS reports it with a delay of up to a day.
local function last_launched(image_id)
  local answer = ec2.describe_image_attribute { image_id = image_id, attribute = "lastLaunchedTime" }
  local value = answer.last_launched_time and answer.last_launched_time.value
  return value and time.parse(value)
end

-- An image launched within this time is in use, by a user that is not visible here: another account, a launch
-- configuration, or an Auto Scaling group that has no instances now.
local RECENT = time.days(90)

local function old(row, unresolved)
  local age = "Image is " .. rows.age_in_days(row.age) .. " old"
  if row.managed_by then
    local detail = age .. " and managed by " .. row.managed_by .. "; check its retention plan."
    return findings.new(row, "info", "old-image", detail)
  end
  if #row.used_by > 0 then
    local users = rows.counted(#row.used_by, "instance or launch template", "instances or launch templates")
    return findings.new(row, "info", "old-image", age .. " and used by " .. users .. "; build a newer one.")
  end
  row.last_launched_time = last_launched(row.image_id)
  local since = rows.age(row.last_launched_time)
  local unused = age .. " and not used by any instance or launch template"
  if since and since < RECENT then
    local launched = ", but was launched " .. rows.age_in_days(since) .. " ago"
    return findings.new(row, "info", "old-image", unused .. launched .. "; find out who launches it.")
  end
  if #unresolved > 0 then
    local unknown = ", but the parameter in " .. table.concat(unresolved, ", ") .. " does not exist"
    return findings.new(row, "info", "old-image", unused .. unknown .. "; correct the launch template first.")
  end
  return findings.new(row, "low", "old-image", unused .. "; deregister it, then delete its snapshots.")
end

---Returns a finding for each image that is older than `min_age` (default: 180 days) and unused; with `all`
---also for images in use. An unused image has the time of its last launch in `last_launched_time`.
---@param opts? images.OldOptions
---@return findings.Finding[]
function images.old(opts)
  local settings = options.read("images.old", opts, OLD_SPECS)
  local selected, unresolved = select(settings)
  local candidates = list.filter(selected, function(row) return settings.all or #row.used_by == 0 end)
  local found = task.map(candidates, function(row) return old(row, unresolved) end, { limit = 8 })
  return findings.sorted(found, "creation_date", "image_id")
end

---Returns a finding for each public image: any AWS account can launch it and read its disks.
---@param opts? images.Options
---@return findings.Finding[]
function images.shared_with_all(opts)
  local detail = 'Any AWS account can launch this image and read its disks; remove "all" from its launchPermission.'
  local found = {}
  local selected = select(options.read("images.shared_with_all", opts, SPECS))
  for _, row in ipairs(selected) do
    if row.is_public then found[#found + 1] = findings.new(row, "critical", "public-image", detail) end
  end
  return findings.sorted(found, "image_id")
end

return images
