-- expect: refused
ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "a", value = "arn:aws:sqs:eu-central-1:999999999999:the-secret" } } }
