-- expect: done
-- The tools of AWS read "file://…" in a parameter.
for _, name in ipairs { "file://canary/file", "fileb://.ssh/id_rsa", "@canary/file", "http://127.0.0.1/x" } do
  local ok, answer = pcall(ssm.put_parameter, { name = "/x", type = "String", value = name, overwrite = true })
  local read, got = pcall(ssm.get_parameter, { name = "/x" })
  print(ok, answer, read, read and json.encode(got) or got)
  print(pcall(ec2.run_instances, { image_id = "ami-1", min_count = 1, max_count = 1, user_data = name }))
end
