-- expect: done or out of time
for _, text in ipairs { "\xff", "\0", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\0b", "\r\n\r\n", "\u{202e}", ("\xff"):rep(1 << 20), "<secret>", "(known after change 1)" } do
  for _, call in ipairs {
    { ec2.describe_vpcs, { vpc_ids = { text } } }, { ec2.describe_vpcs, { [text] = text } }, { ec2.describe_vpcs, { filters = { [text] = text } } },
    { ssm.get_parameter, { name = text } }, { iam.get_user, { user_name = text } }, { ec2.create_tags, { resources = { text }, tags = { { key = text, value = text } } } },
    { aws.assume, text, { session_name = text, external_id = text } }, { aws.session, { profile = text, region = text } }, { ec2.describe_vpcs, {}, { region = text } },
  } do
    local ok, problem = pcall(call[1], call[2], call[3])
    print(ok, #tostring(problem))
    assert(not tostring(problem):find("Bug", 1, true), problem)
  end
end
