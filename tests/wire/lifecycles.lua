-- Creates resources in the services that people use most, reads them back, deletes them, and finds them gone.

local function code(call, input)
  local ok, result = pcall(call, input)
  return not ok and result.code or "no error"
end

local function equals(found, expected)
  assert(found == expected, ("%s instead of %s"):format(found, expected))
end

-- Returns the values of a field of all items.
local function each(items, field)
  local values = {}
  for at, item in ipairs(items) do values[at] = item[field] end
  return table.concat(values, " ")
end

local lifecycles = {}

function lifecycles.s3()
  local s3 = aws.service "s3"
  s3.create_bucket { bucket = "moonfleet", create_bucket_configuration = { location_constraint = "eu-central-1" } }
  equals(s3.get_bucket_location { bucket = "moonfleet" }.location_constraint, "eu-central-1")
  s3.put_object { bucket = "moonfleet", key = "a b/ü+&.txt", body = "hello", metadata = { made = "here" } }
  local object = s3.get_object { bucket = "moonfleet", key = "a b/ü+&.txt" }
  equals(object.body, "hello")
  equals(object.metadata.made, "here")
  local large = ("0123456789abcde\n"):rep(60 * 2 ^ 16 // 1)
  local tag = s3.put_object { bucket = "moonfleet", key = "large", body = large }.e_tag
  object = s3.get_object { bucket = "moonfleet", key = "large" }
  equals(object.content_length, 60 * 2 ^ 20)
  equals(object.e_tag, tag)
  assert(object.body == large, "the large object has other bytes")
  equals(#s3.get_object { bucket = "moonfleet", key = "large", range = "bytes=16-31" }.body, 16)
  equals(each(s3.list_objects_v2.all { bucket = "moonfleet" }, "key"), "a b/ü+&.txt large")
  equals(code(s3.delete_bucket, { bucket = "moonfleet" }), "BucketNotEmpty")
  equals(#s3.delete_objects { bucket = "moonfleet", delete = { objects = { { key = "large" }, { key = "a b/ü+&.txt" } } } }.deleted, 2)
  equals(code(s3.get_object, { bucket = "moonfleet", key = "large" }), "NoSuchKey")
  equals(code(s3.head_object, { bucket = "moonfleet", key = "large" }), "NotFound")
  s3.delete_bucket { bucket = "moonfleet" }
  equals(#s3.list_buckets().buckets, 0)
end

function lifecycles.dynamodb()
  local dynamodb = aws.service "dynamodb"
  dynamodb.create_table {
    table_name = "t",
    attribute_definitions = { { attribute_name = "id", attribute_type = "S" } },
    key_schema = { { attribute_name = "id", key_type = "HASH" } },
    billing_mode = "PAY_PER_REQUEST",
  }
  local item = { id = "1", n = 3.5, bytes = dynamodb.binary "\0\255", list = { json.null, false } }
  dynamodb.put_item { table_name = "t", item = item }
  for n = 2, 30 do dynamodb.put_item { table_name = "t", item = { id = tostring(n) } } end
  local found = dynamodb.get_item { table_name = "t", key = { id = "1" } }.item
  equals(found.n, 3.5)
  equals(tostring(found.bytes), "\0\255")
  equals(found.list[1], json.null)
  equals(found.list[2], false)
  equals(#dynamodb.scan.all { table_name = "t", limit = 7 }, 30)
  dynamodb.delete_item { table_name = "t", key = { id = "1" } }
  equals(dynamodb.get_item { table_name = "t", key = { id = "1" } }.item, nil)
  dynamodb.delete_table { table_name = "t" }
  equals(code(dynamodb.describe_table, { table_name = "t" }), "ResourceNotFoundException")
end

function lifecycles.sqs()
  local sqs = aws.service "sqs"
  local url = sqs.create_queue { queue_name = "q", attributes = { VisibilityTimeout = "60" } }.queue_url
  equals(sqs.get_queue_attributes { queue_url = url, attribute_names = { "All" } }.attributes.VisibilityTimeout, "60")
  sqs.send_message { queue_url = url, message_body = "grüße <&>" }
  local message = sqs.receive_message { queue_url = url }.messages[1]
  equals(message.body, "grüße <&>")
  sqs.delete_message { queue_url = url, receipt_handle = message.receipt_handle }
  equals(#sqs.receive_message { queue_url = url }.messages, 0)
  sqs.delete_queue { queue_url = url }
  equals(code(sqs.get_queue_url, { queue_name = "q" }), "AWS.SimpleQueueService.NonExistentQueue")
end

function lifecycles.sns()
  local sns = aws.service "sns"
  local arn = sns.create_topic { name = "t", tags = { App = "x" } }.topic_arn
  local subscription = sns.subscribe { topic_arn = arn, protocol = "email", endpoint = "ada@example.com" }.subscription_arn
  equals(each(sns.list_subscriptions_by_topic.all { topic_arn = arn }, "endpoint"), "ada@example.com")
  assert(#sns.publish { topic_arn = arn, message = "hello" }.message_id > 0)
  equals(sns.list_tags_for_resource { resource_arn = arn }.tags.App, "x")
  sns.unsubscribe { subscription_arn = subscription }
  sns.delete_topic { topic_arn = arn }
  equals(code(sns.get_topic_attributes, { topic_arn = arn }), "NotFound")
end

lifecycles["lambda"] = function()
  local lambda, iam = aws.service "lambda", aws.service "iam"
  local role = iam.create_role { role_name = "of-lambda", assume_role_policy_document = "{}" }.role.arn
  -- A ZIP archive without files.
  local zip = "PK\5\6" .. ("\0"):rep(18)
  lambda.create_function {
    function_name = "f", runtime = "python3.13", role = role, handler = "f.main", code = { zip_file = zip },
    environment = { variables = { STAGE = "test" } }, tags = { App = "x" },
  }
  local found = lambda.get_function { function_name = "f" }
  equals(found.configuration.handler, "f.main")
  equals(found.configuration.code_size, #zip)
  equals(found.tags.App, "x")
  equals(each(lambda.list_functions.all(), "function_name"), "f")
  lambda.delete_function { function_name = "f" }
  equals(code(lambda.get_function, { function_name = "f" }), "ResourceNotFoundException")
end

function lifecycles.rds()
  local rds = aws.service "rds"
  rds.create_db_instance {
    db_instance_identifier = "db", engine = "postgres", db_instance_class = "db.t3.micro", allocated_storage = 20,
    master_username = "root", master_user_password = "a-long-password", tags = { App = "x" },
  }
  local found = rds.describe_db_instances { db_instance_identifier = "db" }.db_instances[1]
  equals(found.allocated_storage, 20)
  equals(found.tag_list.App, "x")
  assert(found.endpoint.port > 0)
  rds.delete_db_instance { db_instance_identifier = "db", skip_final_snapshot = true }
  equals(code(rds.describe_db_instances, { db_instance_identifier = "db" }), "DBInstanceNotFound")
end

function lifecycles.route53()
  local route53 = aws.service "route53"
  local zone = route53.create_hosted_zone { name = "example.com.", caller_reference = "1" }.hosted_zone.id
  local record = { name = "www.example.com.", type = "A", ttl = 60, resource_records = { { value = "10.0.0.1" } } }
  local function change(action)
    local changes = { { action = action, resource_record_set = record } }
    return route53.change_resource_record_sets { hosted_zone_id = zone, change_batch = { changes = changes } }
  end
  equals(change("CREATE").change_info.status, "INSYNC")
  local found = {}
  for _, set in ipairs(route53.list_resource_record_sets.all { hosted_zone_id = zone }) do found[set.type] = set end
  equals(found.A.ttl, 60)
  equals(found.A.resource_records[1].value, "10.0.0.1")
  change "DELETE"
  route53.delete_hosted_zone { id = zone }
  equals(code(route53.get_hosted_zone, { id = zone }), "NoSuchHostedZone")
end

function lifecycles.kms()
  local kms = aws.service "kms"
  local key = kms.create_key { description = "a key" }.key_metadata.key_id
  kms.create_alias { alias_name = "alias/moonfleet", target_key_id = key }
  local text = kms.encrypt { key_id = "alias/moonfleet", plaintext = "\0secret\255" }.ciphertext_blob
  assert(#text > 8)
  equals(reveal(kms.decrypt { ciphertext_blob = text }.plaintext), "\0secret\255")
  kms.delete_alias { alias_name = "alias/moonfleet" }
  equals(code(kms.encrypt, { key_id = "alias/moonfleet", plaintext = "x" }), "NotFoundException")
  kms.schedule_key_deletion { key_id = key, pending_window_in_days = 7 }
  equals(kms.describe_key { key_id = key }.key_metadata.key_state, "PendingDeletion")
end

function lifecycles.secretsmanager()
  local secretsmanager = aws.service "secretsmanager"
  secretsmanager.create_secret { name = "s", secret_string = "hunter2hunter2" }
  local found = secretsmanager.get_secret_value { secret_id = "s" }
  equals(tostring(found.secret_string), "<secret>")
  equals(reveal(found.secret_string), "hunter2hunter2")
  equals(each(secretsmanager.list_secrets.all(), "name"), "s")
  secretsmanager.delete_secret { secret_id = "s", force_delete_without_recovery = true }
  equals(code(secretsmanager.describe_secret, { secret_id = "s" }), "ResourceNotFoundException")
end

function lifecycles.logs()
  local logs = aws.service "logs"
  logs.create_log_group { log_group_name = "/g" }
  logs.create_log_stream { log_group_name = "/g", log_stream_name = "s" }
  local now = time.now():unix() * 1000 // 1 | 0
  local events = {}
  for n = 1, 25 do events[n] = { timestamp = now + n, message = "line " .. n } end
  logs.put_log_events { log_group_name = "/g", log_stream_name = "s", log_events = events }
  equals(#logs.filter_log_events.all { log_group_name = "/g", limit = 10 }, 25)
  local read = logs.get_log_events { log_group_name = "/g", log_stream_name = "s", start_from_head = true }.events
  equals(read[25].message, "line 25")
  logs.delete_log_group { log_group_name = "/g" }
  equals(#logs.describe_log_groups.all(), 0)
end

function lifecycles.cloudwatch()
  local cloudwatch = aws.service "cloudwatch"
  local alarm = {
    alarm_name = "a", metric_name = "m", namespace = "N", period = 60, evaluation_periods = 1, statistic = "Average",
    comparison_operator = "GreaterThanThreshold", threshold = 0.05,
  }
  cloudwatch.put_metric_alarm(alarm)
  local found = cloudwatch.describe_alarms.all()[1]
  equals(found.threshold, 0.05)
  equals(found.statistic, "Average")
  local now = time.now()
  cloudwatch.put_metric_data { namespace = "N", metric_data = { { metric_name = "m", value = 2.5, timestamp = now } } }
  equals(each(cloudwatch.list_metrics.all { namespace = "N" }, "metric_name"), "m")
  cloudwatch.delete_alarms { alarm_names = { "a" } }
  equals(#cloudwatch.describe_alarms.all(), 0)
end

function lifecycles.autoscaling()
  local autoscaling = aws.service "autoscaling"
  autoscaling.create_launch_configuration { launch_configuration_name = "c", image_id = "ami-1", instance_type = "t3.micro" }
  autoscaling.create_auto_scaling_group {
    auto_scaling_group_name = "g", launch_configuration_name = "c", min_size = 0, max_size = 2, desired_capacity = 0,
    availability_zones = { "eu-central-1a" },
  }
  local found = autoscaling.describe_auto_scaling_groups.all { auto_scaling_group_names = { "g" } }[1]
  equals(found.max_size, 2)
  equals(found.availability_zones[1], "eu-central-1a")
  autoscaling.delete_auto_scaling_group { auto_scaling_group_name = "g" }
  autoscaling.delete_launch_configuration { launch_configuration_name = "c" }
  equals(#autoscaling.describe_auto_scaling_groups.all(), 0)
end

function lifecycles.cloudformation()
  local cloudformation = aws.service "cloudformation"
  local template = { Resources = { Q = { Type = "AWS::SQS::Queue" } }, Outputs = { Name = { Value = "x" } } }
  cloudformation.create_stack { stack_name = "s", template_body = json.encode(template), tags = { App = "x" } }
  local found = cloudformation.describe_stacks { stack_name = "s" }.stacks[1]
  equals(found.stack_status, "CREATE_COMPLETE")
  equals(found.outputs[1].output_value, "x")
  equals(found.tags.App, "x")
  equals(each(cloudformation.list_stack_resources.all { stack_name = "s" }, "logical_resource_id"), "Q")
  cloudformation.delete_stack { stack_name = "s" }
  equals(code(cloudformation.describe_stacks, { stack_name = "s" }), "ValidationError")
end

function lifecycles.organizations()
  local organizations = aws.service "organizations"
  organizations.create_organization { feature_set = "ALL" }
  local root = organizations.list_roots.all()[1].id
  local unit = organizations.create_organizational_unit { parent_id = root, name = "Workloads" }.organizational_unit.id
  local status = organizations.create_account { account_name = "production", email = "ada@example.com" }.create_account_status
  equals(status.state, "SUCCEEDED")
  equals(#organizations.list_accounts.all(), 2)
  organizations.move_account { account_id = status.account_id, source_parent_id = root, destination_parent_id = unit }
  equals(each(organizations.list_accounts_for_parent.all { parent_id = unit }, "id"), status.account_id)
  organizations.remove_account_from_organization { account_id = status.account_id }
  organizations.delete_organizational_unit { organizational_unit_id = unit }
  organizations.delete_organization()
  equals(code(organizations.describe_organization, {}), "AWSOrganizationsNotInUseException")
end

function lifecycles.elbv2()
  local elbv2, ec2 = aws.service "elbv2", aws.service "ec2"
  local vpc = ec2.create_vpc { cidr_block = "10.8.0.0/16" }.vpc.vpc_id
  local subnets = {}
  for n, zone in ipairs { "eu-central-1a", "eu-central-1b" } do
    subnets[n] = ec2.create_subnet { vpc_id = vpc, cidr_block = ("10.8.%d.0/24"):format(n), availability_zone = zone }.subnet.subnet_id
  end
  local balancer = elbv2.create_load_balancer { name = "b", subnets = subnets }.load_balancers[1].load_balancer_arn
  local group = elbv2.create_target_group { name = "g", protocol = "HTTP", port = 80, vpc_id = vpc }.target_groups[1].target_group_arn
  local actions = { { type = "forward", target_group_arn = group } }
  elbv2.create_listener { load_balancer_arn = balancer, protocol = "HTTP", port = 80, default_actions = actions }
  local listeners = elbv2.describe_listeners.all { load_balancer_arn = balancer }
  equals(listeners[1].default_actions[1].target_group_arn, group)
  elbv2.delete_listener { listener_arn = listeners[1].listener_arn }
  elbv2.delete_load_balancer { load_balancer_arn = balancer }
  elbv2.delete_target_group { target_group_arn = group }
  equals(code(elbv2.describe_load_balancers, { load_balancer_arns = { balancer } }), "LoadBalancerNotFound")
end

local failed = {}
for service, lifecycle in pairs(lifecycles) do
  local ok, problem = xpcall(lifecycle, debug and debug.traceback or tostring)
  if not ok then failed[#failed + 1] = service .. ": " .. tostring(problem) end
end
assert(#failed == 0, table.concat(failed, "\n"))
local count = 0
for _ in pairs(lifecycles) do count = count + 1 end
print(count)
