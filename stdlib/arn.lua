-- Amazon Resource Names: parse, build and match them. The part after the fifth colon depends on the
-- service: `type/id`, `type:id`, or the id alone.

local arn = {}

---@class arn.Parts
---@field partition string `aws`, `aws-cn`, `aws-us-gov`.
---@field service string
---@field region string "" if the service or its names are global.
---@field account string "" if the ARN contains no account, for example for an S3 bucket or an image.
---@field resource string Everything after the fifth colon.
---@field type string The resource type, "" if the ARN does not contain it.
---@field id string The resource's id, without its type.
---@field name string The last part of the id: the name without its path.

-- Services whose resource part is the name, without a type before it.
local UNTYPED = { s3 = true, sns = true, sqs = true }

-- The first separator ends the type. Paths of IAM belong to the id.
local function split(service, resource)
  if UNTYPED[service] then return "", resource end
  local at = resource:find "[/:]"
  if not at then return "", resource end
  -- A parameter's name includes the slash: parameter/app/db is /app/db.
  local kind, rest = resource:sub(1, at - 1), resource:sub(at + 1)
  if service == "ssm" and kind == "parameter" and rest:find("/", 1, true) then rest = "/" .. rest end
  return kind, rest
end

local function quoted(text)
  return type(text) == "string" and "'" .. text .. "'" or "a " .. type(text)
end

---Parses an ARN. Returns nil and the problem if the text is not an ARN.
---@param text any
---@return arn.Parts?
---@return string? problem
function arn.parse(text)
  if type(text) ~= "string" then return nil, quoted(text) .. " is not an ARN: expected a string" end
  local partition, service, region, account, resource =
    text:match "^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.*)$"
  if not (partition and service and region and account and resource) then
    local example = "arn:aws:ec2:eu-central-1:123456789012:instance/i-0123"
    return nil, quoted(text) .. " is not an ARN: expected a form such as " .. example
  end
  for name, part in pairs { partition = partition, service = service, resource = resource } do
    if part == "" then return nil, quoted(text) .. " is not an ARN: its " .. name .. " is empty" end
  end
  local kind, id = split(service, resource)
  return {
    partition = partition,
    service = service,
    region = region,
    account = account,
    resource = resource,
    type = kind,
    id = id,
    name = id:match "([^/:]*)[/:]?$" or id,
  }
end

---Returns whether a value is an ARN.
---@param text any
---@return boolean
function arn.is(text)
  return arn.parse(text) ~= nil
end

-- The partitions by the beginnings of their regions; all other regions are in the partition `aws`.
local PARTITIONS = {
  ["^cn%-"] = "aws-cn",
  ["^us%-gov%-"] = "aws-us-gov",
  ["^us%-iso%-"] = "aws-iso",
  ["^us%-isob%-"] = "aws-iso-b",
  ["^eu%-isoe%-"] = "aws-iso-e",
  ["^us%-isof%-"] = "aws-iso-f",
  ["^eusc%-"] = "aws-eusc",
}

---Returns the partition of a region: `aws`, `aws-cn` in China, `aws-us-gov` in GovCloud. Default: `aws`.
---@param region? string
---@return string
function arn.partition_of(region)
  for beginning, partition in pairs(PARTITIONS) do
    if region and region:find(beginning) then return partition end
  end
  return "aws"
end

---Services whose ARNs contain no region, and services whose ARNs contain no account either.
local GLOBAL = { iam = true, sts = true, s3 = true, route53 = true, cloudfront = true, organizations = true }
local WITHOUT_ACCOUNT = { s3 = true }

---Builds an ARN from `resource`, or from `type` and `id`. Default partition: that of the region. Default region and
---account: the session's own, if the ARNs of the service contain them.
---@param parts { partition?: string, service: string, region?: string, account?: string, resource?: string, type?: string, id?: string }
---@return string
function arn.build(parts)
  local options = require "options"
  local settings = options.read("arn.build", parts, {
    partition = { "string" },
    service = { "string", required = true },
    region = { "string" },
    account = { "string" },
    resource = { "string" },
    type = { "string" },
    id = { "string" },
    -- Accepted, so that a result of arn.parse can be changed and built again.
    name = { "string" },
  })
  local service = settings.service
  local resource = settings.resource
  if not resource then
    if not settings.id then error("arn.build: a resource is missing: give `resource`, or `type` and `id`", 2) end
    local untyped = not settings.type or settings.type == ""
    resource = untyped and settings.id or settings.type .. (settings.id:sub(1, 1) == "/" and "" or "/") .. settings.id
  end
  local region = settings.region or (GLOBAL[service] and "" or aws.region)
  local account = settings.account or (WITHOUT_ACCOUNT[service] and "" or aws.whoami().account)
  local partition = settings.partition or arn.partition_of(region ~= "" and region or aws.region)
  return ("arn:%s:%s:%s:%s:%s"):format(partition, service, region, account, resource)
end

-- The rules of IAM's policies: `*` matches any text and `?` any character, including slashes and, in the
-- last part, colons.
local function pattern_of(text)
  local escaped = text:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  return "^" .. escaped:gsub("%*", ".*"):gsub("%?", ".") .. "$"
end

---Returns whether an ARN matches a pattern of IAM, for example `arn:aws:ec2:*:*:instance/*`. Each part is
---compared with its own pattern.
---@param text string
---@param pattern string
---@return boolean
function arn.matches(text, pattern)
  if pattern == "*" then return arn.is(text) end
  local fields = "^(arn):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$"
  local parts, patterns = { text:match(fields) }, { pattern:match(fields) }
  if #patterns == 0 then
    error("arn.matches: the pattern " .. quoted(pattern) .. " must have the parts of an ARN, or be *", 2)
  end
  if #parts == 0 then return false end
  for at, part_pattern in ipairs(patterns) do
    if not (parts[at] or ""):match(pattern_of(part_pattern)) then return false end
  end
  return true
end

-- The id fields of the library's rows, with the service and the resource type of each.
local IDS = {
  { "instance_id", "ec2", "instance" },
  { "volume_id", "ec2", "volume" },
  { "snapshot_id", "ec2", "snapshot" },
  { "image_id", "ec2", "image" },
  { "group_id", "ec2", "security-group" },
  { "launch_template_id", "ec2", "launch-template" },
  { "allocation_id", "ec2", "elastic-ip" },
  { "subnet_id", "ec2", "subnet" },
  { "vpc_id", "ec2", "vpc" },
}

---Returns the ARN of a row of AWS or of the library: its `arn`, or an ARN built from its first id. Nil if the
---row has neither. Region and account are those of the row, by default those of the session.
---@param row table
---@return string?
function arn.of(row)
  if arn.is(row.arn) then return row.arn end
  for _, id in ipairs(IDS) do
    local field, service, kind = id[1], id[2], id[3]
    local value = row[field]
    if type(value) == "string" then
      -- ARNs of images and snapshots contain no account.
      local account = (kind == "image" or kind == "snapshot") and "" or row.account
      return arn.build { service = service, type = kind, id = value, region = row.region, account = account }
    end
  end
end

return arn
