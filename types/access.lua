---@meta _

---IAM policy documents: parse them, and decide which actions they allow. The module `policies` reads the policies of an account.
---@class access
access = {}

---A policy document: JSON text as IAM returns it (percent-encoded or not), or a table of the same shape.
---@alias access.Document string|table

---@class access.Parsed
---@field version? string
---@field statements access.Statement[]

---@class access.Statement
---@field sid? string
---@field effect "Allow"|"Deny"
---@field principals? access.Principal[]
---@field not_principals? access.Principal[]
---@field actions? string[]
---@field not_actions? string[]
---@field resources? string[]
---@field not_resources? string[]
---@field conditions access.Condition[]

---@class access.Principal
---@field kind string "AWS", "Service", "Federated", "CanonicalUser", or "*" for all principals.
---@field value string

---@class access.Condition
---@field operator string
---@field key string
---@field values string[]

---@class access.Question
---@field policies access.Document[]
---@field actions string[]
---@field resource? string The ARN of the resource, or "*". Without it, any resource: statements that name resources may match or not.
---@field context? table<string, any> The known condition keys of the request. A condition on any other key may match or not.
---@field boundaries? access.Document[] Permissions boundaries. An action is allowed only if these documents allow it too.
---@field principals? table<string, string|string[]> The principals that make the request, for documents with principals: `{AWS = {"123456789012"}}`.

---@class access.Answer
---@field action string
---@field decision "allowed"|"conditional"|"explicitDeny"|"implicitDeny"
---@field statements access.MatchedStatement[] The statements that led to the decision.
---@field allowed_by_boundary? boolean

---@class access.MatchedStatement
---@field policy integer The index of the policy in `policies`, from 1.
---@field statement integer The index of the statement in its policy, from 1.
---@field effect "Allow"|"Deny"
---@field certain boolean True if the statement matches regardless of unknown condition keys and resources.

---Returns a document as a list of statements. Fields that IAM allows as either text or a list are always lists.
---@param document access.Document
---@return access.Parsed
function access.parse(document) end

---Decides for each action whether the documents allow it.
---@param question access.Question
---@return access.Answer[]
function access.decide(question) end
