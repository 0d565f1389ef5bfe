-- expect: error
local forged = setmetatable({}, { __session = io.stdout })
aws.use(forged)
