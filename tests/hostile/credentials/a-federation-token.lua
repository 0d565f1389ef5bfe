-- expect: refused
print(sts.get_federation_token({ name = "x" }).credentials.access_key_id)
