-- expect: done
-- The files with keys are beside the script's folder; none can be opened.
for _, name in ipairs { ".aws/credentials", ".aws/config", ".ssh/id_rsa", ".config/moonfleet/settings.toml", ".local/state/moonfleet/history", "canary/file", "bytecode.luac" } do
  local file, problem = io.open(name)
  print(name, file and file:read("a"), problem)
end
