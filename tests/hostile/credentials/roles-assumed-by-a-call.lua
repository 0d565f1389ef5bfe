-- expect: refused
sts.assume_role { role_arn = "arn:aws:iam::123456789012:role/moonfleet-instance", role_session_name = "x" }
