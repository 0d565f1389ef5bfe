-- expect: refused or error
resource_groups.get_group { group = "arn:aws:resource-groups:eu-central-1:999999999999:group/the-secret" }
