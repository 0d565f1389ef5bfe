-- expect: out of time
ec2.wait.instance_stopped { instance_ids = { ec2.describe_instances.all { filters = { ["instance-state-name"] = "running" } }[1].instance_id }, timeout = "10m", delay = "1s" }
