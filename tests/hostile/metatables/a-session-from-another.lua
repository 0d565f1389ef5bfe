-- expect: error
local session = aws.session { region = "eu-west-1" }
local mt = getmetatable(session)
mt.__session = time.now()
aws.use(session)
