-- Explains the parts of an ARN, and looks up the current state of the resource if possible.

local arn = require "arn"

local COLUMNS = { "part", "value", "meaning" }

local SERVICES = {
  cloudformation = "CloudFormation",
  dynamodb = "DynamoDB",
  ec2 = "Elastic Compute Cloud",
  ecs = "Elastic Container Service",
  elasticloadbalancing = "Elastic Load Balancing",
  iam = "Identity and Access Management",
  kms = "Key Management Service",
  lambda = "Lambda",
  logs = "CloudWatch Logs",
  rds = "Relational Database Service",
  ["resource-groups"] = "Resource Groups",
  s3 = "Simple Storage Service",
  secretsmanager = "Secrets Manager",
  sns = "Simple Notification Service",
  sqs = "Simple Queue Service",
  ssm = "Systems Manager",
  sts = "Security Token Service",
}

local PARTITIONS = {
  aws = "the commercial regions",
  ["aws-cn"] = "the regions in China",
  ["aws-us-gov"] = "the GovCloud regions of the United States",
}

local TYPES = {
  ["assumed-role"] = "a session of a role: the role's name, then the session's",
  ["elastic-ip"] = "an Elastic IP address",
  ["launch-template"] = "a launch template",
  ["security-group"] = "a security group",
  group = "a group",
  image = "a machine image",
  instance = "a virtual machine",
  ["instance-profile"] = "an instance profile, which gives a role to an instance",
  parameter = "a parameter in the Parameter Store",
  policy = "a policy",
  role = "a role",
  snapshot = "a snapshot of a volume",
  user = "a user",
  volume = "a volume of EBS",
}

local function account_meaning(account, own)
  if account == "" then return "no account: the name is globally unique" end
  if account == "aws" then return "AWS itself, the same for every account" end
  return account == own and "the account of this session" or "not the account of this session"
end

local function region_meaning(region)
  if region == "" then return "no region: the service or its names are global" end
  return region == aws.region and "the region of this session" or "not the region of this session"
end

---@param parts arn.Parts
local function explained(parts, own)
  local rows = {
    { part = "partition", value = parts.partition, meaning = PARTITIONS[parts.partition] or "" },
    { part = "service", value = parts.service, meaning = SERVICES[parts.service] or "" },
    { part = "region", value = parts.region, meaning = region_meaning(parts.region) },
    { part = "account", value = parts.account, meaning = account_meaning(parts.account, own) },
  }
  if parts.type ~= "" then
    rows[#rows + 1] = { part = "type", value = parts.type, meaning = TYPES[parts.type] or "" }
  end
  local is_root = parts.service == "iam" and parts.resource == "root"
  local root_meaning = "the account itself: all its users and roles"
  rows[#rows + 1] = { part = "id", value = parts.id, meaning = is_root and root_meaning or "" }
  return rows
end

-- The lookup of each kind of resource, which returns a description of its current state.

local function named(tags, text)
  local name = tags and tags.Name
  return (name and name .. ", " or "") .. text
end

local LOOK_UP = {
  ["ec2:instance"] = function(session, parts)
    local found = session.ec2.describe_instances.all { instance_ids = { parts.id } }[1]
    return named(found.tags, found.state.name .. ", " .. found.instance_type)
  end,
  ["ec2:volume"] = function(session, parts)
    local found = session.ec2.describe_volumes.all { volume_ids = { parts.id } }[1]
    return named(found.tags, found.state .. ", " .. found.size .. " GiB " .. found.volume_type)
  end,
  ["ec2:snapshot"] = function(session, parts)
    local found = session.ec2.describe_snapshots.all { snapshot_ids = { parts.id } }[1]
    return named(found.tags, found.state .. ", of " .. found.volume_id)
  end,
  ["ec2:image"] = function(session, parts)
    local found = session.ec2.describe_images.all { image_ids = { parts.id } }[1]
    return found.name .. ", " .. found.state
  end,
  ["ec2:security-group"] = function(session, parts)
    local found = session.ec2.describe_security_groups.all { group_ids = { parts.id } }[1]
    return found.group_name .. ": " .. found.description
  end,
  ["ec2:vpc"] = function(session, parts)
    local found = session.ec2.describe_vpcs.all { vpc_ids = { parts.id } }[1]
    return named(found.tags, found.cidr_block)
  end,
  ["ec2:subnet"] = function(session, parts)
    local found = session.ec2.describe_subnets.all { subnet_ids = { parts.id } }[1]
    return named(found.tags, found.cidr_block .. " in " .. found.availability_zone)
  end,
  ["iam:role"] = function(session, parts)
    local role = session.iam.get_role { role_name = parts.name }.role
    return (role.description or "a role") .. ", created " .. time.ago(role.create_date) .. " ago"
  end,
  ["iam:user"] = function(session, parts)
    local user = session.iam.get_user { user_name = parts.name }.user
    return "created " .. time.ago(user.create_date) .. " ago"
  end,
  ["ssm:parameter"] = function(session, parts)
    local found = session.ssm.describe_parameters.all {
      parameter_filters = { { key = "Name", option = "Equals", values = { parts.id } } },
    }[1]
    if not found then return nil end
    return found.type .. ", version " .. found.version
  end,
  ["resource-groups:group"] = function(session, parts)
    local group = session.resource_groups.get_group { group = parts.id:match "^[^/]+" }.group
    return group.description or "a resource group"
  end,
}

-- Looks up the resource. A resource of another account is not looked up, because the session would find its own.
---@param parts arn.Parts
local function now(parts, own)
  local look_up = LOOK_UP[parts.service .. ":" .. parts.type]
  if not look_up then return nil end
  if parts.account ~= "" and parts.account ~= own then
    return { part = "now", value = "", meaning = "not looked up; use a session of that account" }
  end
  local session = parts.region ~= "" and aws.session { region = parts.region } or aws.session {}
  local ok, result = pcall(look_up, session, parts)
  if ok and result then return { part = "now", value = "exists", meaning = result } end
  if ok then return { part = "now", value = "missing", meaning = "no resource has this name" } end
  ---@cast result moonfleet.Error
  local is_missing = result.code:find "NotFound" or result.code:find "NoSuchEntity"
  return { part = "now", value = is_missing and "missing" or "unknown", meaning = result.message }
end

return script {
  summary = "Explain the parts of an ARN and look up the resource.",
  risk = "read",
  args = {
    arn = { "string", required = true, help = "Explain this ARN, for example arn:aws:iam::123456789012:role/deploy." },
  },
  example = { args = { arn = "arn:aws:iam::123456789012:role/moonfleet-readonly" } },
  run = function(args)
    local parts, problem = arn.parse(args.arn)
    if not parts then error(problem, 0) end
    local own = aws.whoami().account
    local rows = explained(parts, own)
    rows[#rows + 1] = now(parts, own)
    report.print(rows, { title = args.arn, columns = COLUMNS })
    return rows[#rows].value == "unknown" and 3 or 0
  end,
}
