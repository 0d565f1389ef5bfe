-- expect: refused
-- It would ask the user for a code.
aws.assume("arn:aws:iam::123456789012:role/break-glass", { mfa_serial = "arn:aws:iam::123456789012:mfa/demo" }).whoami()
