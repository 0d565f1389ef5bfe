-- Recognizes credentials in texts by their forms. The forms are facts of the rules of gitleaks and of the vendors'
-- documentation: a prefix, a set of characters and a length.

local credentials = {}

-- A pattern of Lua has no counts, so a set is repeated.
local function exactly(set, count)
  return set:rep(count)
end

-- At the edge of a word: the key is not a part of a longer text.
local BEGIN, END = "%f[%w]", "%f[^%w]"

---@type { [1]: string, [2]: string }[]
local FORMS = {
  -- 16 characters of base 32 follow the prefix of an access key.
  { BEGIN .. "AKIA" .. exactly("[A-Z2-7]", 16) .. END, "an access key of AWS" },
  { BEGIN .. "ASIA" .. exactly("[A-Z2-7]", 16) .. END, "a temporary access key of AWS" },
  { BEGIN .. "ABSK" .. exactly("[%w+/]", 40), "an API key of Amazon Bedrock" },
  { "%-%-%-%-%-BEGIN [%u%d _-]*PRIVATE KEY", "a private key" },
  -- Base64 of the beginnings of private keys.
  { "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRV", "an encoded private key" },
  { "LS0tLS1CRUdJTiBQUklWQVRFIEtF", "an encoded private key" },
  { "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZ", "an encoded private key" },
  { "LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtF", "an encoded private key" },
  { "LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVkFURSBL", "an encoded private key" },
  { "AGE%-SECRET%-KEY%-1" .. exactly("[%u%d]", 58), "a private key" },
  { "^%a[%w+.-]*://[^/@%s]*:[^/@%s]+@", "a URL with a password" },
  { BEGIN .. "gh[pousr]_" .. exactly("%w", 36), "a GitHub token" },
  { BEGIN .. "github_pat_" .. exactly("[%w_]", 82), "a GitHub token" },
  { BEGIN .. "glpat%-" .. exactly("[%w_-]", 20), "a GitLab token" },
  { BEGIN .. "xox[abeoprs]%-%w+%-", "a Slack token" },
  { BEGIN .. "xapp%-%d%-%w+%-", "a Slack token" },
  { "hooks%.slack%.com/services/T%w+/B%w+/%w+", "a Slack webhook" },
  { BEGIN .. "[sr]k_live_" .. exactly("%w", 10), "a Stripe key" },
  { BEGIN .. "AIza" .. exactly("[%w_-]", 35), "a Google API key" },
  { BEGIN .. "npm_" .. exactly("%w", 36), "an npm token" },
  { BEGIN .. "pypi%-AgEIcHlwaS5vcmc", "a PyPI token" },
  { BEGIN .. "SG%." .. exactly("[%w_-]", 22) .. "%." .. exactly("[%w_-]", 43), "a SendGrid key" },
  { BEGIN .. "sk%-ant%-%w+%-" .. exactly("[%w_-]", 20), "an Anthropic key" },
  { BEGIN .. "sk%-[%w_-]*T3BlbkFJ", "an OpenAI key" },
  { BEGIN .. "hvs%." .. exactly("[%w_-]", 24), "a Vault token" },
  { BEGIN .. "AccountKey=" .. exactly("[%w+/]", 86) .. "==", "an Azure storage key" },
  -- A JSON web token: two objects in Base64, and a signature.
  { BEGIN .. "ey" .. exactly("[%w_-]", 15) .. "[%w_-]*%.ey" .. exactly("[%w_-]", 8) .. "[%w_-]*%."
    .. exactly("[%w_-]", 10), "a JSON web token" },
  { "[Pp]assword=[^;%s]+", "a connection string with a password" },
  { "[Pp]wd=[^;%s]+;", "a connection string with a password" },
}

-- The entropy of a text in bits for each character.
local function entropy(text)
  local counts, bits = {}, 0.0
  for char in text:gmatch "." do counts[char] = (counts[char] or 0) + 1 end
  for _, count in pairs(counts) do
    local share = count / #text
    bits = bits - share * math.log(share, 2)
  end
  return bits
end

-- A random text of 40 characters of Base64 has some 4.7 bits, a path of words or a hash in hexadecimal less than 4.2.
local RANDOM = 4.25

local function is_mixed(word)
  return word:find "%u" ~= nil and word:find "%l" ~= nil and word:find "%d" ~= nil
end

-- Whether a text contains a secret access key of AWS, which has no prefix: 40 characters of Base64. Hashes of Git have
-- 40 characters too, but only hexadecimal ones.
local function has_secret_access_key(text)
  for word in text:gmatch "[%w+/]+" do
    if #word == 40 and is_mixed(word) and entropy(word) >= RANDOM then return true end
  end
  return false
end

---Returns the kind of credential that a text contains, such as "a private key". Nil if it has no known form.
---@param text string
---@return string?
function credentials.kind_of(text)
  for _, form in ipairs(FORMS) do
    local from, to = text:find(form[1])
    -- The keys of AWS's documentation end with EXAMPLE.
    if from and not text:sub(from, to):find "EXAMPLE" then return form[2] end
  end
  if has_secret_access_key(text) then return "a secret access key of AWS" end
end

-- The words of names that suggest a secret.
local NAMES = { "password", "passwd", "secret", "token", "api[-_]?key", "private[-_]?key", "credential" }

-- The last words of names of facts about a secret, which are none themselves.
local FACTS = {
  "arn", "count", "enabled", "endpoint", "expiry", "host", "id", "issuer", "length", "limit", "name", "path", "policy",
  "rotation", "ttl", "type", "uri", "url", "version",
}

-- Whether a value can be a secret: ARNs, plain addresses, numbers, booleans and references are none.
local function can_be_secret(value)
  return not (value:find "^arn:"
    or value:find "^https?://"
    or value:find "^{{resolve:"
    or tonumber(value)
    or value:find "^%s*$"
    or value:lower() == "true"
    or value:lower() == "false")
end

---Returns whether the name of a setting suggests that its value is a secret: `/app/db-password`, but not
---`/app/password-length`.
---@param name string
---@param value string
---@return boolean
function credentials.is_named_secret(name, value)
  local last = name:lower():match "([^/]+)$" or ""
  for _, fact in ipairs(FACTS) do
    if last:find("[-_.]" .. fact .. "$") then return false end
  end
  if last:find "tokens$" or not can_be_secret(value) then return false end
  for _, word in ipairs(NAMES) do
    if name:lower():find(word) then return true end
  end
  return false
end

return credentials
