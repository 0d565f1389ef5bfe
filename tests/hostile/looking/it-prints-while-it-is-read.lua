-- expect: done
-- `moonfleet scripts` and `help` only read the header: a script must not write on the terminal then.
if io.open == io.lines then
  print("CANARY" .. "-7f3a \27[2J")
  if warn then
    warn("@on")
    warn("CANARY" .. "-7f3a")
  end
end
return script { summary = "List nothing.", risk = "read", run = function() end }
