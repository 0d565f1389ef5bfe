-- expect: error
-- A profile can name a process; none is made up by a script.
aws.session { profile = "evil", credential_process = "touch made" }
