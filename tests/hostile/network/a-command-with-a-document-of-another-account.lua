-- expect: refused or exit 3
fleet.run({ ec2.describe_instances.all()[1] }, { document = "arn:aws:ssm:eu-central-1:999999999999:document/the-secret" })
