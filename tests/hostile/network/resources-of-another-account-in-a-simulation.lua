-- expect: refused
iam.simulate_custom_policy {
  policy_input_list = { "{}" },
  action_names = { "sqs:SendMessage" },
  resource_arns = { "arn:aws:sqs:eu-central-1:999999999999:the-secret" },
}
