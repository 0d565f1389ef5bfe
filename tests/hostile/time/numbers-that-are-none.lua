-- expect: done
for _, number in ipairs { 0 / 0, 1 / 0, -1 / 0, 1e308, -0.0, 5e-324, math.maxinteger, math.mininteger, 2 ^ 53, 2 ^ 63, 1e19, -1 } do
  for _, call in ipairs {
    { ec2.describe_vpcs, { max_results = number } }, { ec2.describe_vpcs, { vpc_ids = { number } } }, { ec2.run_instances, { min_count = number, max_count = number, image_id = "ami-0123456789abcdef0" } },
    { ssm.describe_parameters, { max_results = number } }, { iam.list_users, { max_items = number } }, { ec2.describe_spot_price_history, { start_time = number, end_time = number } },
  } do print(number, pcall(call[1], call[2])) end
  print(pcall(ec2.describe_vpcs, {}, { timeout = number }), pcall(ec2.describe_vpcs, {}, { retries = number }), pcall(ec2.describe_vpcs, {}, { max_pages = number }))
  print(pcall(task.timeout, number, function() end), pcall(aws.session, { timeout = number, retries = number }), pcall(time.from_unix, number))
end
