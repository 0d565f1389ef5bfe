-- Runs a function in several accounts, or in the session's own account by default. Intended for services
-- that are global to an account, such as IAM.

local accounts = {}

-- Errors of AWS have a code. Any other error is a mistake of the caller and the same in every account.
local function raise_mistakes(errors)
  for _, failed in ipairs(errors) do
    local e = failed.error
    if type(e) == "string" or e.code == nil or e.code == "InvalidInput" then error(e, 0) end
  end
end

---Returns the rows of every account, each with its `account`. An account that fails is reported on
---standard error, and the program exits with 3.
---@param named? (string|aws.SessionOptions|Session)[] Profiles, role ARNs, or sessions. Default: the own account.
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
