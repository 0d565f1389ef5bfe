-- expect: any
-- The machine writes its output there. That is a change of its own, which the header's risk covers.
local target = ec2.describe_instances.all()[1]
print(pcall(fleet.run, { target }, "true", { s3_bucket = "arn:aws:s3:eu-central-1:999999999999:accesspoint/the-secret", timeout = "30s" }))
print(pcall(fleet.run, { target }, "true", { s3_bucket = "https://evil.example.com/x", s3_prefix = "../..", timeout = "30s" }))
