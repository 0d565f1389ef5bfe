---@meta _

---The metadata of the EC2 instance that the program runs on.
---@class imds
imds = {}

---Whether there is any; it never raises an error.
---@return boolean
function imds.available() end

---@class imds.GetOptions
---@field secret? boolean Credentials are read only where this is true.

---The text at a path such as "meta-data/instance-id".
---@param path string
---@param options? imds.GetOptions
---@return string? text Nil where there is nothing.
function imds.get(path, options) end

---The instance identity document, with names in snake_case.
---@return table<string, any>
function imds.identity() end

---The instance's tags, where its metadata has them.
---@return table<string, string>
function imds.tags() end
