-- expect: refused
print(sts.get_session_token().credentials.access_key_id)
