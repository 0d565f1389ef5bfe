local unit = require "unit"

local tests = {}

function tests.test_no_format_reveals_a_value()
  for _, format in ipairs { "table", "json", "csv" } do
    local ran = unit.run("ssm-audit-parameters", {}, { output = format })
    unit.assert_equals(ran.code, 0)
    unit.assert_str_contains(ran.stdout, "plain-secret")
    unit.assert_false(ran.stdout:find("Winter2024", 1, true) ~= nil)
    unit.assert_false(ran.stdout:find("s3cr3t", 1, true) ~= nil)
  end
end

function tests.test_path_limits_the_audit()
  for _, row in ipairs(unit.run("ssm-audit-parameters", { path = "/app10" }).rows) do
    unit.assert_str_contains(row.name, "/app10/")
  end
end

return tests
