-- expect: done
-- The program could reach the metadata, whose keys are those of the machine.
for _, path in ipairs { "meta-data/iam/security-credentials/", "meta-data/instance-id", "dynamic/instance-identity/document", "../latest/user-data", "user-data", "http://127.0.0.1/", "\r\nX: y", "//evil.example.com/" } do
  local ok, text = pcall(imds.get, path, { secret = true })
  print(path, ok, text)
  assert(not ok or text == nil, path)
end
assert(imds.available() == false)
print(pcall(imds.identity))
print(pcall(imds.tags))
