-- Versions of packages, compared as the package managers compare them: dpkg (deb-version(7)), rpm (rpm-version(7)),
-- and Windows and macOS, whose versions are numbers with dots.

local versions = {}

---@alias versions.Scheme "dpkg"|"rpm"|"dotted"

-- Returns -1, 0 or 1 for two texts of digits of any length.
local function compare_numbers(a, b)
  a, b = a:gsub("^0+", ""), b:gsub("^0+", "")
  if #a ~= #b then return #a < #b and -1 or 1 end
  return a == b and 0 or a < b and -1 or 1
end

local function compare_texts(a, b)
  return a == b and 0 or a < b and -1 or 1
end

-- Splits "1:9.6p1-3" into epoch, version and release. The release of dpkg and rpm begins at the last hyphen.
local function split(text)
  local epoch, rest = text:match "^(%d+):(.*)$"
  rest = rest or text
  local version, release = rest:match "^(.*)%-([^-]*)$"
  return epoch or "0", version or rest, release
end

-- The order of dpkg: a tilde precedes even the end of the text, and letters precede all other characters.
local function rank(char)
  if char == "~" then return -1 end
  if char == "" or char:find "%d" then return 0 end
  return char:find "%a" and char:byte() or char:byte() + 256
end

local function compare_dpkg_part(a, b)
  local at, bt = 1, 1
  while at <= #a or bt <= #b do
    while a:find("^%D", at) or b:find("^%D", bt) do
      local left, right = rank(a:sub(at, at)), rank(b:sub(bt, bt))
      if left ~= right then return left < right and -1 or 1 end
      at, bt = at + 1, bt + 1
    end
    local left, right = a:match("^%d*", at), b:match("^%d*", bt)
    local order = compare_numbers(left, right)
    if order ~= 0 then return order end
    at, bt = at + #left, bt + #right
  end
  return 0
end

-- Compares the operators at the beginning: a tilde precedes everything, a caret everything except the end. Returns
-- nil if both texts begin with the same operator or with none, and whether they begin with one.
local function compare_operators(a, b)
  local left, right = a:sub(1, 1), b:sub(1, 1)
  if left == "~" or right == "~" then
    if left ~= "~" then return 1 end
    if right ~= "~" then return -1 end
    return nil, true
  end
  if left == "^" or right == "^" then
    if left == "" then return -1 end
    if right == "" then return 1 end
    if left ~= "^" then return 1 end
    if right ~= "^" then return -1 end
    return nil, true
  end
  return nil, false
end

local function compare_rpm_part(a, b)
  while a ~= "" or b ~= "" do
    a, b = a:gsub("^[^%w~^]+", ""), b:gsub("^[^%w~^]+", "")
    local order, is_operator = compare_operators(a, b)
    if order then return order end
    if is_operator then
      a, b = a:sub(2), b:sub(2)
    else
      if a == "" or b == "" then break end
      local is_number = a:find "^%d" ~= nil
      local pattern = is_number and "^%d+" or "^%a+"
      local left, right = a:match(pattern), b:match(pattern)
      -- A number is newer than a word.
      if not right then return is_number and 1 or -1 end
      order = is_number and compare_numbers(left, right) or compare_texts(left, right)
      if order ~= 0 then return order end
      a, b = a:sub(#left + 1), b:sub(#right + 1)
    end
  end
  if a == b then return 0 end
  return a == "" and -1 or 1
end

local function compare_packages(a, b, compare_part, release_counts)
  local left_epoch, left_version, left_release = split(a)
  local right_epoch, right_version, right_release = split(b)
  local order = compare_numbers(left_epoch, right_epoch)
  if order == 0 then order = compare_part(left_version, right_version) end
  if order ~= 0 or not release_counts(left_release, right_release) then return order end
  return compare_part(left_release or "", right_release or "")
end

-- Numbers with dots: 10.0 is 10.0.0.
local function compare_dotted(a, b)
  local function padded(text, other)
    local _, own = text:gsub("%.", "")
    local _, wanted = other:gsub("%.", "")
    return text .. (".0"):rep(math.tointeger(wanted - own) or 0)
  end
  local are_numbers = a:find "^[%d.]+$" and b:find "^[%d.]+$"
  if are_numbers then a, b = padded(a, b), padded(b, a) end
  return compare_rpm_part(a, b)
end

---@type table<versions.Scheme, fun(a: string, b: string): -1|0|1>
local SCHEMES = {
  -- An absent release of dpkg is an empty one.
  dpkg = function(a, b)
    return compare_packages(a, b, compare_dpkg_part, function() return true end)
  end,
  -- rpm compares releases only if both versions have one.
  rpm = function(a, b)
    return compare_packages(a, b, compare_rpm_part, function(left, right) return left and right end)
  end,
  dotted = compare_dotted,
}

---Compares two versions, with their epochs and releases if they have them. Returns -1, 0 or 1.
---@param a string
---@param b string
---@param scheme? versions.Scheme Default: "rpm".
---@return -1|0|1
function versions.compare(a, b, scheme)
  local compare = SCHEMES[scheme or "rpm"]
  if not compare then
    error("versions.compare: unknown scheme '" .. tostring(scheme) .. "'; use dpkg, rpm or dotted", 2)
  end
  return compare(a, b)
end

-- Words in the names of the systems that use dpkg.
local DPKG = { "ubuntu", "debian", "raspbian", "raspberry", "mint", "kali" }

---Returns the scheme of a platform, as Systems Manager names it: "dpkg" for Ubuntu and Debian, "rpm" for the other
---Linux distributions, and "dotted" for Windows and macOS.
---@param platform_type? string "Linux", "Windows" or "MacOS".
---@param platform_name? string For example "Ubuntu".
---@return versions.Scheme
function versions.scheme_of(platform_type, platform_name)
  if platform_type == "Windows" or platform_type == "MacOS" then return "dotted" end
  local name = (platform_name or ""):lower()
  for _, word in ipairs(DPKG) do
    if name:find(word, 1, true) then return "dpkg" end
  end
  return "rpm"
end

---Returns a version without its epoch.
---@param version string
---@return string
function versions.without_epoch(version)
  return (version:gsub("^%d+:", ""))
end

---Returns whether a version has an epoch.
---@param version string
---@return boolean
function versions.has_epoch(version)
  return version:find "^%d+:" ~= nil
end

return versions
