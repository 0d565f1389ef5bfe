-- One function in many accounts, or in the session's own where nobody names any. For services
-- that are one for all regions, such as IAM.

local accounts = {}

-- What AWS says has a code of AWS's. Anything else is a mistake of the caller's, and the same everywhere.
local function raise_mistakes(errors)
  for _, failed in ipairs(errors) do
    local e = failed.error
    if type(e) == "string" or e.code == nil or e.code == "InvalidInput" then error(e, 0) end
  end
end

---Rows of every account, each with its `account`. What did not answer is told, and makes the
---program end with 3.
---Nobody named is the session's own account.
---@param named? (string|aws.SessionOptions|Session)[] Profiles, ARNs of roles, or sessions.
---@param fn fun(session: Session): table[]
---@return table[] rows
---@return boolean complete
function accounts.each(named, fn)
  local swept
  if named and #named > 0 then
    swept = sweep.accounts(named, fn)
  else
    swept = sweep.regions(nil, fn)
  end
  raise_mistakes(swept.errors)
  return swept.results, swept.complete
end

return accounts
