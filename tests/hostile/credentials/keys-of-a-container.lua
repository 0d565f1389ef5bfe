-- expect: done
for _, name in ipairs { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN" } do assert(os.getenv(name) == nil, name) end
for _, name in ipairs { "/var/run/secrets/eks.amazonaws.com/serviceaccount/token", "/var/run/secrets/kubernetes.io/serviceaccount/token", ".aws/sso/cache/x.json" } do assert(io.open(name) == nil, name) end
