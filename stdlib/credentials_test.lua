local credentials = require "credentials"
local unit = require "unit"

local tests = {}

-- The examples are put together here, so that no scanner takes this file for a leak.
local KEY = "AKIA" .. "Z2Q7MNRT5VXYLKJ3"
local JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6" .. "IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w"
local SECRET = "wJ4lrXUtnFE3MI/K7MDENGb+xRfiCYzq" .. "Kd8vPs2T"

function tests.test_recognizes_credentials_by_their_forms()
  for text, kind in pairs {
    [KEY] = "an access key of AWS",
    ["key = " .. KEY .. ";"] = "an access key of AWS",
    [SECRET] = "a secret access key of AWS",
    ['{"secret": "' .. SECRET .. '"}'] = "a secret access key of AWS",
    ["github_pat_" .. ("a1B_"):rep(20) .. "xy"] = "a GitHub token",
    ["ghs_" .. ("a1B2"):rep(9)] = "a GitHub token",
    ["-----BEGIN " .. "RSA PRIVATE KEY-----\nMII"] = "a private key",
    ["-----BEGIN " .. "PGP PRIVATE KEY BLOCK-----"] = "a private key",
    ["LS0tLS1CRUdJTiBS" .. "U0EgUFJJVkFURSBLRVktLS0tLQ"] = "an encoded private key",
    [JWT] = "a JSON web token",
    ["postgres://app:" .. "hunter2@db.internal/app"] = "a URL with a password",
    ["Server=db;User=app;" .. "Password=hunter2;"] = "a connection string with a password",
    ["https://hooks.slack.com" .. "/services/T0123/B0456/abcdefXYZ"] = "a Slack webhook",
    ["glpat-" .. ("x1Y_"):rep(5)] = "a GitLab token",
  } do
    unit.assert_equals(credentials.kind_of(text), kind, text)
  end
end

function tests.test_ordinary_texts_are_no_credentials()
  for _, text in ipairs {
    "ami-0123456789abcdef0",
    "arn:aws:iam::123456789012:role/AKIAFACTORY",
    "AKIA" .. "IOSFODNN7EXAMPLE",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA1b",
    "https://sqs.eu-central-1.amazonaws.com/123456789012/queue",
    "-----BEGIN CERTIFICATE-----\nMII",
    "-----BEGIN PUBLIC KEY-----\nMII",
    "eu-central-1a,eu-central-1b",
  } do
    unit.assert_nil(credentials.kind_of(text), text)
  end
end

function tests.test_names_suggest_secrets_only_with_a_possible_value()
  unit.assert_true(credentials.is_named_secret("/app/db-password", "hunter2"))
  unit.assert_true(credentials.is_named_secret("/app/secret/db", "hunter2"))
  for name, value in pairs {
    ["/app/password-length"] = "fourteen",
    ["/app/max-tokens"] = "4096",
    ["/app/token-ttl"] = "15m",
    ["/app/secret"] = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db",
    ["/app/token-endpoint"] = "https://login.example.com/token",
    ["/app/api-key"] = "{{resolve:secretsmanager:key}}",
    ["/app/require-token"] = "true",
    ["/app/log-level"] = "info",
  } do
    unit.assert_false(credentials.is_named_secret(name, value), name)
  end
end

return tests
