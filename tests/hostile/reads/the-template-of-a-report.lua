-- expect: done
-- The template of a report is a file by name.
for _, name in ipairs { ".ssh/id_rsa", "canary/file", "/etc/passwd" } do
  print(pcall(function() report.new({ title = "x", template = name }):text("x"):print() end))
end
