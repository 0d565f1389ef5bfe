-- Fills an account for the chapter of the cookbook: in each service something that its script finds, and something that is in order.

local function service(name) return aws.service(name) end

local rds = service "rds"
for _, name in ipairs { "ledger", "old" } do
  rds.create_db_instance {
    db_instance_identifier = name, engine = "postgres", db_instance_class = "db.t3.micro", allocated_storage = 20,
    master_username = "admin1", master_user_password = "example-password",
  }
  rds.create_db_snapshot { db_instance_identifier = name, db_snapshot_identifier = name .. "-before-upgrade" }
end
rds.delete_db_instance { db_instance_identifier = "old", skip_final_snapshot = true }

local trust = { Version = "2012-10-17", Statement = { { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } } } }
local role = iam.create_role { role_name = "functions", assume_role_policy_document = trust }.role.arn
local lambda = service "lambda"
for name, runtime in pairs { thumbnails = "python3.8", invoices = "python3.13", webhooks = "nodejs16.x" } do
  lambda.create_function { function_name = name, runtime = runtime, role = role, handler = "main.run", code = { zip_file = "zip" } }
end

local elbv2 = service "elbv2"
local vpc = ec2.create_vpc { cidr_block = "10.9.0.0/16" }.vpc.vpc_id
local subnets = {}
for at, zone in ipairs { "eu-central-1a", "eu-central-1b" } do
  subnets[at] = ec2.create_subnet { vpc_id = vpc, cidr_block = ("10.9.%d.0/24"):format(at), availability_zone = zone }.subnet.subnet_id
end
local machines = ec2.run_instances { image_id = "ami-12c6146b", min_count = 2, max_count = 2, subnet_id = subnets[1] }.instances
local balancer = elbv2.create_load_balancer { name = "shop", subnets = subnets }.load_balancers[1]
local group = elbv2.create_target_group { name = "shop", protocol = "HTTP", port = 80, vpc_id = vpc }.target_groups[1].target_group_arn
elbv2.create_listener {
  load_balancer_arn = balancer.load_balancer_arn, protocol = "HTTP", port = 80,
  default_actions = { { type = "forward", target_group_arn = group } },
}
elbv2.register_targets { target_group_arn = group, targets = { { id = machines[1].instance_id }, { id = machines[2].instance_id } } }
ec2.stop_instances { instance_ids = { machines[2].instance_id } }

local route53 = service "route53"
local zone = route53.create_hosted_zone { name = "example.com", caller_reference = "1" }.hosted_zone.id
local address = ec2.allocate_address { domain = "vpc" }.public_ip
local function record(name, type, value)
  return { action = "CREATE", resource_record_set = { name = name, type = type, ttl = 300, resource_records = { { value = value } } } }
end
route53.change_resource_record_sets {
  hosted_zone_id = zone,
  change_batch = { changes = {
    record("www.example.com", "A", address),
    record("old.example.com", "A", "192.0.2.17"),
    record("shop.example.com", "CNAME", balancer.dns_name),
    record("beta.example.com", "CNAME", "beta-1234567890.eu-central-1.elb.amazonaws.com"),
  } },
}

local kms = service "kms"
for _, name in ipairs { "ledger", "backups" } do
  local key = kms.create_key { description = name, tags = { App = name } }.key_metadata.key_id
  kms.create_alias { alias_name = "alias/" .. name, target_key_id = key }
  if name == "ledger" then kms.enable_key_rotation { key_id = key } end
end

local secretsmanager = service "secretsmanager"
secretsmanager.create_secret { name = "prod/ledger", secret_string = "example", tags = { App = "ledger" } }
secretsmanager.create_secret { name = "prod/mail", secret_string = "example" }

local logs = service "logs"
for _, name in ipairs { "/app/ledger", "/app/shop", "/app/mail" } do logs.create_log_group { log_group_name = name } end
logs.put_retention_policy { log_group_name = "/app/ledger", retention_in_days = 30 }
logs.create_log_stream { log_group_name = "/app/shop", log_stream_name = "1" }
logs.put_log_events {
  log_group_name = "/app/shop", log_stream_name = "1",
  log_events = { { timestamp = math.floor(time.now():unix() * 1000), message = ("x"):rep(1000) } },
}

local ecs = service "ecs"
ecs.create_cluster { cluster_name = "prod" }
ecs.register_task_definition { family = "web", container_definitions = { { name = "web", image = "nginx", memory = 128 } } }
ecs.create_service { cluster = "prod", service_name = "web", task_definition = "web", desired_count = 2 }
ecs.create_service { cluster = "prod", service_name = "idle", task_definition = "web", desired_count = 0 }

local dynamodb = service "dynamodb"
for _, name in ipairs { "orders", "sessions" } do
  dynamodb.create_table {
    table_name = name, billing_mode = "PAY_PER_REQUEST",
    attribute_definitions = { { attribute_name = "id", attribute_type = "S" } },
    key_schema = { { attribute_name = "id", key_type = "HASH" } },
  }
end
dynamodb.update_continuous_backups { table_name = "orders", point_in_time_recovery_specification = { point_in_time_recovery_enabled = true } }
dynamodb.put_item { table_name = "sessions", item = { id = "a", user = "ada" } }

local sqs = service "sqs"
local dead = sqs.create_queue { queue_name = "orders-dead" }.queue_url
local arn = sqs.get_queue_attributes { queue_url = dead, attribute_names = { "QueueArn" } }.attributes.QueueArn
sqs.create_queue { queue_name = "orders", attributes = { RedrivePolicy = json.encode { deadLetterTargetArn = arn, maxReceiveCount = 3 } } }
sqs.create_queue { queue_name = "mail" }
for n = 1, 3 do sqs.send_message { queue_url = dead, message_body = "order " .. n } end
