-- expect: refused
ssm.send_command {
  instance_ids = { ec2.describe_instances.all()[1].instance_id },
  document_name = "AWS-RunShellScript",
  parameters = { commands = { "true" } },
  service_role_arn = "arn:aws:iam::123456789012:role/x",
  notification_config = { notification_arn = "arn:aws:sns:eu-central-1:999999999999:the-secret", notification_events = { "All" } },
}
