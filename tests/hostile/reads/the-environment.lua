-- expect: done
for _, name in ipairs { "CANARY", "HOME", "PATH", "USER", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "MOONFLEET_CONTAINED", "SSH_AUTH_SOCK", "LD_PRELOAD", "canary", "CANARY\0", "" } do
  print(name, os.getenv(name))
end
