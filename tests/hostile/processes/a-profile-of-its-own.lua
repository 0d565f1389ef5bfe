-- expect: error
-- A profile may name a credential process, but a script must not invent one.
aws.session { profile = "evil", credential_process = "touch made" }
