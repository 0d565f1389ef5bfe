-- expect: done
for _, attempt in pairs { os.execute, io.popen, os.remove, io.tmpfile, os.tmpname, os.rename } do
  local ok, e = pcall(attempt, "x", "y")
  assert(not ok and e.code == "Refused" and tostring(e):find("--contain", 1, true))
end
