-- expect: done
-- The numbers of accounts go to AWS, and no further.
print(pcall(ec2.describe_images, { owners = { "999999999999" } }))
print(pcall(ec2.describe_snapshots, { owner_ids = { "999999999999" } }))
print(pcall(ec2.describe_snapshots, { restorable_by_user_ids = { "999999999999" } }))
