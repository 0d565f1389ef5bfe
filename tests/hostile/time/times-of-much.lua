-- expect: out of time or error
while true do
  pcall(time.parse, ("2026-01-01T00:00:00"):rep(1 << 18))
  pcall(time.duration, ("1h"):rep(1 << 18))
  pcall(time.now().format, time.now(), ("%Y"):rep(1 << 16), "Europe/Berlin")
end
