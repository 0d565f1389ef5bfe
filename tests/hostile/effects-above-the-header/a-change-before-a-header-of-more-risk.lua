-- expect: refused
-- Not even a change that the header declares: it is not read yet.
ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }
return script { summary = "Tag everything.", risk = "destroy", run = function() end }
