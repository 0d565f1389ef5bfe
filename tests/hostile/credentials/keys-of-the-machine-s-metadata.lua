-- expect: done
for _, path in ipairs { "meta-data/iam/security-credentials/", "meta-data/iam/security-credentials/x", "meta-data/identity-credentials/ec2/security-credentials/ec2-instance" } do
  local ok, text = pcall(imds.get, path, { secret = true })
  print(path, ok, text)
  assert(not ok or text == nil, path)
end
