---@meta _

---IAM's policy documents: what they say, and what they allow. `require "policies"` says it of an account.
---@class access
access = {}

---JSON as IAM gives it out (also percent-encoded), or a table of the same shape.
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
---@field kind string "AWS", "Service", "Federated", "CanonicalUser", or "*" for everybody.
---@field value string

---@class access.Condition
---@field operator string
---@field key string
---@field values string[]

---@class access.Question
---@field policies access.Document[]
---@field actions string[]
---@field resource? string An ARN, or "*"; without it, something, whatever it is.
---@field context? table<string, any> What is known of the request; a condition on anything else may hold or not.
---@field boundaries? access.Document[] What they do not allow as well is not allowed.
---@field principals? table<string, string|string[]> Who asks, for documents that say who may: `{AWS = {"123456789012"}}`.

---@class access.Answer
---@field action string
---@field decision "allowed"|"conditional"|"explicitDeny"|"implicitDeny"
---@field statements access.Said[] Those that decided.
---@field allowed_by_boundary? boolean

---@class access.Said
---@field policy integer Which of the policies.
---@field statement integer Which of its statements.
---@field effect "Allow"|"Deny"
---@field certain boolean Whether it matches whatever is not known.

---A document as lists of statements, in which nothing is a list at one time and a text at another.
---@param document access.Document
---@return access.Parsed
function access.parse(document) end

---What documents allow, for each action.
---@param question access.Question
---@return access.Answer[]
function access.decide(question) end
