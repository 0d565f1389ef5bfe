local unit = require "unit"

local tests = {}

function tests.test_a_missing_key_file_is_named()
  unit.assert_error_contains("absent.pem", windows.password, "i-0123456789abcdef0", { key_file = "absent.pem" })
  unit.assert_error_contains("key_file", windows.password, "i-0123456789abcdef0", {})
end

function tests.test_a_file_without_a_key_is_refused()
  unit.assert_error_contains("an RSA private key in PEM", windows.decrypt, base64.encode "x", "ssh-rsa AAAA")
  unit.assert_error_contains("no Base64", windows.decrypt, "%", "ssh-rsa AAAA")
end

return tests
