-- expect: exit 2 or error or out of time
-- The machine that reads headers has no `os`; a message could carry its finds.
error(tostring(os) .. tostring(io) .. tostring(debug) .. tostring(os and os.getenv and os.getenv("CANARY")) .. tostring(io.open and io.open("canary/file")))
return script { summary = "List nothing.", risk = "read", run = function() end }
