-- Ways in which a user or a role without administrator access can gain it. `admins` evaluates them.
--
-- The published lists were read for it: Rhino Security Labs' 21 methods, Bishop Fox's iam-vulnerable, and the paths of
-- pathfinding.cloud. These ways are not covered. Single instances and functions that a policy names: their roles are not
-- known here. Resource policies, Lambda layers and event sources, and the sources and images that a service builds from.
-- Services that AWS no longer offers to new customers: Data Pipeline, CodeStar, Glue development endpoints. A role that
-- is passed to EMR, Batch, Bedrock agents, App Runner, Step Functions or EventBridge schedules. Identity Center,
-- Organizations, and the identity providers of the account. Ways of several steps, such as a role that can be assumed
-- and that has one of these ways.

local escalations = {}

---A principal that may call the action on one of the targets, and the additional actions on any resource, can become
---an administrator.
---@class escalations.Way
---@field action string
---@field on string The targets, by a name of `admins`.
---@field with? string[] Additional actions.
---@field kind? "user"|"role" The kind of principal that has this way.
---@field service? string Only if a role of administrators trusts this service: the role is at work already.
---@field how string

---@type escalations.Way[]
local WAYS = {
  { kind = "user", action = "iam:AttachUserPolicy", on = "itself", how = "can attach any policy to itself" },
  { kind = "user", action = "iam:PutUserPolicy", on = "itself", how = "can write its own inline policies" },
  { kind = "role", action = "iam:AttachRolePolicy", on = "itself", how = "can attach any policy to itself" },
  { kind = "role", action = "iam:PutRolePolicy", on = "itself", how = "can write its own inline policies" },
  { action = "iam:AttachGroupPolicy", on = "its groups", how = "can attach any policy to its own group" },
  { action = "iam:PutGroupPolicy", on = "its groups", how = "can write inline policies of its own group" },
  { action = "iam:CreatePolicyVersion", on = "its policies", how = "can rewrite one of its own policies" },
  { action = "iam:SetDefaultPolicyVersion", on = "its policies", how = "can activate other versions of its policies" },
  { kind = "user", action = "iam:AddUserToGroup", on = "a group of administrators", how = "can join administrators" },
  { action = "iam:CreateAccessKey", on = "an administrator", how = "can create access keys for an administrator" },
  { action = "iam:CreateLoginProfile", on = "an administrator", how = "can create a password for an administrator" },
  { action = "iam:UpdateLoginProfile", on = "an administrator", how = "can change an administrator's password" },
  {
    action = "iam:UpdateAssumeRolePolicy",
    on = "a role of administrators",
    with = { "sts:AssumeRole" },
    how = "can allow itself to assume any role",
  },
  {
    action = "iam:AttachRolePolicy",
    on = "any role",
    with = { "sts:AssumeRole" },
    how = "can attach any policy to a role and assume it",
  },
  {
    action = "iam:PutRolePolicy",
    on = "any role",
    with = { "sts:AssumeRole" },
    how = "can write the policies of a role and assume it",
  },
}

-- Adds a way through a role that is passed to a service.
local function passes(how, ...)
  WAYS[#WAYS + 1] = { action = "iam:PassRole", on = "a role of administrators", with = { ... }, how = how }
end

passes("can launch an instance with any role", "ec2:RunInstances")
passes("can give an instance any role", "ec2:AssociateIamInstanceProfile")
passes("can replace the role of an instance", "ec2:ReplaceIamInstanceProfileAssociation")
passes("can put any role into an instance profile", "iam:AddRoleToInstanceProfile")
passes("can run a Lambda function with any role", "lambda:CreateFunction", "lambda:InvokeFunction")
passes("can run a Lambda function with any role", "lambda:CreateFunction", "lambda:CreateEventSourceMapping")
passes("can run a Lambda function with any role", "lambda:CreateFunction", "lambda:AddPermission")
passes("can create a CloudFormation stack with any role", "cloudformation:CreateStack")
passes("can update a CloudFormation stack with any role", "cloudformation:UpdateStack")
passes("can change a CloudFormation stack with any role", "cloudformation:CreateChangeSet",
  "cloudformation:ExecuteChangeSet")
passes("can run a build with any role", "codebuild:CreateProject", "codebuild:StartBuild")
passes("can run a container with any role", "ecs:RegisterTaskDefinition", "ecs:RunTask")
passes("can run a container with any role", "ecs:RegisterTaskDefinition", "ecs:CreateService")
passes("can run a container with any role", "ecs:RegisterTaskDefinition", "ecs:UpdateService")
passes("can run a Glue job with any role", "glue:CreateJob", "glue:StartJobRun")
passes("can run a Glue job with any role", "glue:UpdateJob", "glue:StartJobRun")
passes("can run a notebook with any role", "sagemaker:CreateNotebookInstance",
  "sagemaker:CreatePresignedNotebookInstanceUrl")
passes("can run a training job with any role", "sagemaker:CreateTrainingJob")
passes("can run a processing job with any role", "sagemaker:CreateProcessingJob")
passes("can run an automation with any role", "ssm:StartAutomationExecution")

-- Adds a way through something that runs with the role of administrators already.
local function uses(service, on, how, action, ...)
  WAYS[#WAYS + 1] = { action = action, on = on, service = service, with = { ... }, how = how }
end

local EC2, LAMBDA = "ec2.amazonaws.com", "lambda.amazonaws.com"
local ADMIN_INSTANCE = "an instance with the role of administrators"

uses(EC2, "any instance", "can run commands on " .. ADMIN_INSTANCE, "ssm:SendCommand")
uses(EC2, "any instance", "can open a session on " .. ADMIN_INSTANCE, "ssm:StartSession")
uses(EC2, "any instance", "can log in to " .. ADMIN_INSTANCE, "ec2-instance-connect:SendSSHPublicKey")
uses(EC2, "any instance", "can log in to " .. ADMIN_INSTANCE, "ec2-instance-connect:SendSerialConsoleSSHPublicKey")
uses(EC2, "any instance", "can change the user data of " .. ADMIN_INSTANCE, "ec2:ModifyInstanceAttribute",
  "ec2:StopInstances", "ec2:StartInstances")
uses(LAMBDA, "any function", "can replace the code of a function with the role of administrators",
  "lambda:UpdateFunctionCode")
uses("ecs-tasks.amazonaws.com", "any task", "can run commands in a container with the role of administrators",
  "ecs:ExecuteCommand")
uses("codebuild.amazonaws.com", "any project", "can change a build with the role of administrators",
  "codebuild:UpdateProject", "codebuild:StartBuild")
uses("cloudformation.amazonaws.com", "any stack", "can update a stack with the role of administrators",
  "cloudformation:UpdateStack")
uses("sagemaker.amazonaws.com", "any notebook", "can open a notebook with the role of administrators",
  "sagemaker:CreatePresignedNotebookInstanceUrl")

---Returns all ways, in the order of the findings.
---@return escalations.Way[]
function escalations.list()
  return WAYS
end

return escalations
