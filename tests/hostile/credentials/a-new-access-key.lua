-- expect: refused
-- A new key is a change, and it issues credentials, which a contained run may not have.
print(iam.create_access_key({ user_name = "demo" }).access_key.access_key_id)
