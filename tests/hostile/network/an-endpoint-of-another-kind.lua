-- expect: done
for _, url in ipairs { "file:///etc/passwd", "unix:/var/run/docker.sock", "https://[::1]:9", "http://user:password@127.0.0.1", "//127.0.0.1", "\n", "", "http://127.0.0.1:9\0", ("http://a/"):rep(10000) } do
  local ok, session = pcall(aws.session, { endpoint_url = url })
  local called, problem = pcall(function() return session.ec2.describe_vpcs() end)
  print(ok, called, tostring(problem):sub(1, 200))
  assert(not called, url)
end
