-- Amazon Resource Names: taken apart, put together, matched. What stands behind the fifth colon
-- every service writes in its own way: `type/id`, `type:id`, or the id alone.

local arn = {}

---@class arn.Parts
---@field partition string `aws`, `aws-cn`, `aws-us-gov`.
---@field service string
---@field region string "" where the service is global, or its names are.
---@field account string "" where the resource belongs to no account, as a bucket of S3 or a policy of AWS's own.
---@field resource string All that stands behind the fifth colon.
---@field type string The kind of resource, "" where the ARN does not say it.
---@field id string What it is called, without its kind.
---@field name string The last part of the id, which is the name without the path before it.

-- Where the resource is its own name and no kind stands before it.
local UNTYPED = { s3 = true, sns = true, sqs = true }

-- Its first separator ends the kind. Paths of IAM belong to the id.
local function split(service, resource)
  if UNTYPED[service] then return "", resource end
  local at = resource:find "[/:]"
  if not at then return "", resource end
  -- A parameter's name begins with the slash: parameter/app/db is /app/db.
  local kind, rest = resource:sub(1, at - 1), resource:sub(at + 1)
  if service == "ssm" and kind == "parameter" and rest:find("/", 1, true) then rest = "/" .. rest end
  return kind, rest
end

local function quoted(text)
  return type(text) == "string" and "'" .. text .. "'" or "a " .. type(text)
end

---The parts of an ARN; nil and what is wrong where it is none.
---@param text any
---@return arn.Parts?
---@return string? problem
function arn.parse(text)
  if type(text) ~= "string" then return nil, quoted(text) .. " is no ARN: it is no text" end
  local partition, service, region, account, resource =
    text:match "^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.*)$"
  if not (partition and service and region and account and resource) then
    return nil, quoted(text) .. " is no ARN: one looks like arn:aws:ec2:eu-central-1:123456789012:instance/i-0123"
  end
  for name, part in pairs { partition = partition, service = service, resource = resource } do
    if part == "" then return nil, quoted(text) .. " is no ARN: its " .. name .. " is empty" end
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

---Whether a text is an ARN.
---@param text any
---@return boolean
function arn.is(text)
  return arn.parse(text) ~= nil
end

---Services whose resources are in no region, and those whose are in no account either.
local GLOBAL = { iam = true, sts = true, s3 = true, route53 = true, cloudfront = true, organizations = true }
local NOBODYS = { s3 = true }

---An ARN of parts: `resource`, or `type` and `id`. The partition is `aws` and, where the service
---has one, the region the session's own, if they are not given.
---@param parts { partition?: string, service: string, region?: string, account?: string, resource?: string, type?: string, id?: string }
---@return string
function arn.build(parts)
  local options = require "options"
  local read = options.read("arn.build", parts, {
    partition = { "string", default = "aws" },
    service = { "string", required = true },
    region = { "string" },
    account = { "string" },
    resource = { "string" },
    type = { "string" },
    id = { "string" },
    -- So that what arn.parse gives can be changed and built again.
    name = { "string" },
  })
  local service = read.service
  local resource = read.resource
  if not resource then
    if not read.id then error("arn.build: a resource is missing: give `resource`, or `type` and `id`", 2) end
    local untyped = not read.type or read.type == ""
    resource = untyped and read.id or read.type .. (read.id:sub(1, 1) == "/" and "" or "/") .. read.id
  end
  local region = read.region or (GLOBAL[service] and "" or aws.region)
  local account = read.account or (NOBODYS[service] and "" or aws.whoami().account)
  return ("arn:%s:%s:%s:%s:%s"):format(read.partition, service, region, account, resource)
end

-- `*` is any text and `?` any letter, as in IAM's policies: also over slashes and, in the last
-- part, over colons.
local function pattern_of(text)
  local escaped = text:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  return "^" .. escaped:gsub("%*", ".*"):gsub("%?", ".") .. "$"
end

---Whether an ARN is one of those that a pattern of IAM's means, as in
---`arn:aws:ec2:*:*:instance/*`. Parts are compared with parts.
---@param text string
---@param pattern string
---@return boolean
function arn.matches(text, pattern)
  if pattern == "*" then return arn.is(text) end
  local fields = "^(arn):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$"
  local given, wanted = { text:match(fields) }, { pattern:match(fields) }
  if #wanted == 0 then
    error("arn.matches: the pattern " .. quoted(pattern) .. " must have the parts of an ARN, or be *", 2)
  end
  if #given == 0 then return false end
  for at, part in ipairs(wanted) do
    if not (given[at] or ""):match(pattern_of(part)) then return false end
  end
  return true
end

-- The fields of the library's rows that are ids, and what they are ids of.
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

---The ARN of a row that AWS or the library has given: its own, or that of its first id. Nil where
---the row has none. Region and account are the row's, or else the session's.
---@param row table
---@return string?
function arn.of(row)
  if arn.is(row.arn) then return row.arn end
  for _, id in ipairs(IDS) do
    local field, service, kind = id[1], id[2], id[3]
    local value = row[field]
    if type(value) == "string" then
      -- Of images and snapshots the name holds for everybody: no account is in it.
      local account = (kind == "image" or kind == "snapshot") and "" or row.account
      return arn.build { service = service, type = kind, id = value, region = row.region, account = account }
    end
  end
end

return arn
