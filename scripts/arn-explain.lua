-- Says in words what an ARN names, and what that is now where it can be looked up.

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
  ["instance-profile"] = "what hands a role to an instance",
  parameter = "an entry of the Parameter Store",
  policy = "a policy",
  role = "a role, which is assumed",
  snapshot = "a snapshot of a volume",
  user = "a user",
  volume = "a volume of EBS",
}

local function account_meaning(account, own)
  if account == "" then return "in no account: the name holds everywhere" end
  if account == "aws" then return "AWS's own, the same for everybody" end
  return account == own and "the account of this session" or "another account than this session's"
end

local function region_meaning(region)
  if region == "" then return "in no region: the service is global, or its names are" end
  return region == aws.region and "the region of this session" or "another region than this session's"
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
  rows[#rows + 1] = { part = "id", value = parts.id, meaning = is_root and "the account itself: all of its users and roles" or "" }
  return rows
end

-- What each kind of resource is looked up with, and what is told of it.

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
    return (role.description or "a role") .. ", made " .. time.ago(role.create_date) .. " ago"
  end,
  ["iam:user"] = function(session, parts)
    local user = session.iam.get_user { user_name = parts.name }.user
    return "made " .. time.ago(user.create_date) .. " ago"
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

-- What the session can see is looked up; of another account it would be somebody else's.
---@param parts arn.Parts
local function now(parts, own)
  local look_up = LOOK_UP[parts.service .. ":" .. parts.type]
  if not look_up then return nil end
  if parts.account ~= "" and parts.account ~= own then
    return { part = "now", value = "", meaning = "not looked up: sign in to that account first" }
  end
  local session = parts.region ~= "" and aws.session { region = parts.region } or aws.session {}
  local ok, told = pcall(look_up, session, parts)
  if ok and told then return { part = "now", value = "there", meaning = told } end
  if ok then return { part = "now", value = "not there", meaning = "nothing is called so" } end
  ---@cast told moonfleet.Error
  local is_gone = told.code:find "NotFound" or told.code:find "NoSuchEntity"
  return { part = "now", value = is_gone and "not there" or "unknown", meaning = told.message }
end

return script {
  summary = "Say in words what an ARN names, and what that is now.",
  risk = "read",
  args = {
    arn = { "string", required = true, help = "The ARN, as in arn:aws:iam::123456789012:role/deploy." },
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
