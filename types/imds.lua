---@meta _

---The metadata of the EC2 instance that the program runs on.
---@class imds
imds = {}

---Returns whether instance metadata is available. Never raises an error.
---@return boolean
function imds.available() end

---@class imds.GetOptions
---@field secret? boolean Must be true to read credentials.

---Returns the text at a path, for example "meta-data/instance-id".
---@param path string
---@param options? imds.GetOptions
---@return string? text Nil if the path does not exist.
function imds.get(path, options) end

---Returns the instance identity document; its names are in snake_case.
---@return table<string, any>
function imds.identity() end

---Returns the tags of the instance. Raises an error if tags are not enabled in its metadata.
---@return table<string, string>
function imds.tags() end
