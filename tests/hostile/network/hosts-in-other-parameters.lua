-- expect: done
-- None of these is looked up by the program.
for _, call in ipairs {
  { ec2.import_snapshot, { disk_container = { url = "http://evil.example.com/x", format = "raw" } } },
  { iam.create_open_id_connect_provider, { url = "https://evil.example.com", thumbprint_list = {} } },
  { ec2.describe_regions, { region_names = { "evil.example.com" } } },
  { ssm.get_document, { name = "https://evil.example.com/x" } },
} do
  if call[1] then print(pcall(call[1], call[2])) end
end
