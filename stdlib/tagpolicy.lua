-- Policies of required tags: reading them, and telling what violates them.

local list = require "list"

local tagpolicy = {}

---What tags have to be: true for any value, a list of values, or a Lua pattern for the whole value.
---@alias tagpolicy.Policy table<string, true|string|string[]>

---A policy from a command line's words: KEY for any value, KEY=VALUE (given again for each that is
---allowed), KEY~PATTERN for a Lua pattern.
---@param words string[]
---@return tagpolicy.Policy
function tagpolicy.parse(words)
  local policy = {}
  for _, word in ipairs(words) do
    local key, how, value = word:match "^([^=~]+)([=~]?)(.*)$"
    if not key then
      error("'" .. word .. "' is no rule: write KEY, KEY=VALUE or KEY~PATTERN, as in CostCenter~%d%d%d%d", 0)
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
  if not next(policy) then error("the policy requires no tags; name one, as in Owner", 0) end
  return policy
end

local function in_words(rule)
  if rule == true then return "any value" end
  if type(rule) == "table" then return table.concat(rule, ", ") end
  return "the pattern " .. rule
end

---Raises an error where a policy says nothing, or nothing that can be checked.
---@param policy tagpolicy.Policy
function tagpolicy.check(policy)
  if not next(policy) then error("tags: the policy requires no tags; name one, as in { Owner = true }", 0) end
  for key, rule in pairs(policy) do
    local ok = rule == true or type(rule) == "string" or type(rule) == "table" and #rule > 0
    if not ok then
      error("tags: the policy of " .. tostring(key) .. " must be true, a list of values or a Lua pattern", 0)
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

-- The key that somebody has meant, where only its case is another.
local function misspelt(have, key)
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
    local other = misspelt(have, key)
    local hint = other and "; it has " .. other .. ", which is another tag" or ""
    local detail = "It has no tag " .. key .. hint .. ": set it to " .. expected .. "."
    return { finding = "missing-tag", key = key, expected = expected, detail = detail }
  end
  if is_allowed(value, rule) then return nil end
  local finding = value == "" and "empty-tag" or "wrong-tag"
  local what = value == "" and "is empty" or "is " .. value
  local detail = "Its tag " .. key .. " " .. what .. ": set it to " .. expected .. "."
  return { finding = finding, key = key, value = value, expected = expected, detail = detail }
end

---What of a policy is violated by something's tags, one by one, in the order of their keys.
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
