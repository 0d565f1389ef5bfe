---@meta _

---Converts between text and percent-encoded text. The result for a secret is a secret.
---@class url
url = {}

---Percent-encodes each byte except letters, digits and `-_.~`, for a part of a URL.
---@param text string
---@return string
---@overload fun(text: Secret): Secret
function url.encode(text) end

---Decodes percent-encoded text. A plus sign stays a plus sign.
---@param text string
---@return string
---@overload fun(text: Secret): Secret
function url.decode(text) end
