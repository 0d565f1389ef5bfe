---@meta _

---Converts between bytes and Base64. The result for a secret is a secret.
---@class base64
base64 = {}

---Returns bytes as Base64, for example the user data of a launch template.
---@param bytes string
---@return string
---@overload fun(bytes: Secret): Secret
function base64.encode(bytes) end

---Reads Base64, which can be broken into lines. Other text is an error.
---@param text string
---@return string
---@overload fun(text: Secret): Secret
function base64.decode(text) end
