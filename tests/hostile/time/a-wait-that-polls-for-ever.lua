-- expect: out of time
-- The machine never gets there; the program waits as long as the script says.
ec2.wait.instance_terminated { instance_ids = { ec2.describe_instances.all()[1].instance_id }, timeout = "30d", delay = 0.001 }
