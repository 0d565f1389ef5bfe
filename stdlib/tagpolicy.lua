-- Policies of required tags: parse them and find violations.

local list = require "list"

local tagpolicy = {}

---The required tags: true for any value, a list of values, or a Lua pattern that matches the whole value.
---@alias tagpolicy.Policy table<string, true|string|string[]>

---Parses a policy from command-line arguments: KEY for any value, KEY=VALUE (repeated for each allowed
---value), KEY~PATTERN for a Lua pattern.
---@param words string[]
---@return tagpolicy.Policy
function tagpolicy.parse(words)
  local policy = {}
  for _, word in ipairs(words) do
    local key, how, value = word:match "^([^=~]+)([=~]?)(.*)$"
    if not key then
      error("'" .. word .. "' is not a rule; use KEY, KEY=VALUE or KEY~PATTERN, such as CostCenter~%d%d%d%d", 0)
    end
    if how == "" then
      policy[key] = true
    elseif how == "~" then
      policy[key] = value
    else
      local values = type(policy[key]) == "table" and policy[key] or {}
      values[#values + 1] = value
      policy[key] = values
    end
  end
  if not next(policy) then error("the policy requires no tags; name at least one, such as Owner", 0) end
  return policy
end

local function in_words(rule)
  if rule == true then return "any value" end
  if type(rule) == "table" then return table.concat(rule, ", ") end
  return "the pattern " .. rule
end

-- The next step for a violated rule.
local function next_step(rule)
  if rule == true then return "; set a value." end
  if type(rule) == "string" then return "; set a value that matches the pattern " .. rule .. "." end
  return (#rule == 1 and "; set it to " or "; set it to one of ") .. table.concat(rule, ", ") .. "."
end

---Raises an error if a policy is empty or has an invalid rule.
---@param policy tagpolicy.Policy
function tagpolicy.check(policy)
  if not next(policy) then
    error("tags: the policy requires no tags; name at least one, such as { Owner = true }", 0)
  end
  for key, rule in pairs(policy) do
    local ok = rule == true or type(rule) == "string" or type(rule) == "table" and #rule > 0
    if not ok then
      error("tags: the rule for " .. tostring(key) .. " must be true, a list of values or a Lua pattern", 0)
    end
  end
end

local function is_allowed(value, rule)
  if rule == true then return value ~= "" end
  if type(rule) == "string" then return value:find("^" .. rule .. "$") ~= nil end
  for _, allowed in ipairs(rule) do
    if allowed == value then return true end
  end
  return false
end

-- Returns a key that differs from the required one only in upper and lower case.
local function similar_key(have, key)
  for _, other in ipairs(list.keys(have)) do
    if other ~= key and other:lower() == key:lower() then return other end
  end
end

---@class tagpolicy.Violation
---@field finding "missing-tag"|"empty-tag"|"wrong-tag"
---@field key string
---@field value? string
---@field expected string
---@field detail string

---@return tagpolicy.Violation?
local function violation(have, key, rule)
  local value, expected = have[key], in_words(rule)
  if value == nil then
    local similar = similar_key(have, key)
    local hint = similar and " (" .. similar .. " is a different tag)" or ""
    local detail = "Tag " .. key .. " is missing" .. hint .. next_step(rule)
    return { finding = "missing-tag", key = key, expected = expected, detail = detail }
  end
  if is_allowed(value, rule) then return nil end
  local finding = value == "" and "empty-tag" or "wrong-tag"
  local detail = "Tag " .. key .. " is " .. (value == "" and "empty" or value) .. next_step(rule)
  return { finding = finding, key = key, value = value, expected = expected, detail = detail }
end

---Returns the violations of a policy by a resource's tags, sorted by key.
---@param have table<string, string>
---@param policy tagpolicy.Policy
---@return tagpolicy.Violation[]
function tagpolicy.violations(have, policy)
  tagpolicy.check(policy)
  local found = {}
  for _, key in ipairs(list.keys(policy)) do found[#found + 1] = violation(have, key, policy[key]) end
  return found
end

return tagpolicy
