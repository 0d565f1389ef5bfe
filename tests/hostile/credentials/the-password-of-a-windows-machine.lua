-- expect: done
print(pcall(ec2.get_password_data, { instance_id = ec2.describe_instances.all()[1].instance_id }))
