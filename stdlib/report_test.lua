local unit = require "unit"

local FINDINGS = {
  { severity = "low", finding = "no-tag", name = "db" },
  { severity = "critical", finding = "open-port", name = "web" },
  { severity = "low", finding = "no-tag", name = "app" },
}

local tests = {}

function tests.test_figures_count_findings_by_severity()
  unit.assert_equals(report.figures(FINDINGS), {
    { label = "findings", value = 3 },
    { label = "critical", value = 1, severity = "critical" },
    { label = "low", value = 2, severity = "low" },
  })
  unit.assert_equals(report.figures({ FINDINGS[2] })[1], { label = "finding", value = 1 })
  unit.assert_equals(report.figures {}, { { label = "findings", value = 0, severity = "ok" } })
end

function tests.test_unknown_severity_is_an_error()
  unit.assert_error_contains("row 1 has no severity", report.figures, { { name = "web" } })
  unit.assert_error_contains("unknown severity 'grave'", report.figures, { { severity = "grave" } })
end

function tests.test_report_lists_the_worst_findings_first()
  report.findings(FINDINGS, { title = "Audit", columns = { "severity", "name" } }):write("audit.csv", "audit.md")
  local csv = assert(io.open("audit.csv")):read("a")
  unit.assert_equals(csv, "severity,name\ncritical,web\nlow,db\nlow,app\n")
  local markdown = assert(io.open("audit.md")):read("a")
  unit.assert_str_contains(markdown, "# Audit\n\n- findings: **3**\n- critical: **1** (critical)\n")
  unit.assert_str_contains(markdown, "| no-tag | 2 |")
  os.remove("audit.csv")
  os.remove("audit.md")
end

function tests.test_report_without_findings_says_so()
  report.findings({}):write("audit.md")
  unit.assert_str_contains(assert(io.open("audit.md")):read("a"), "No findings.")
  os.remove("audit.md")
end

function tests.test_difference_is_described()
  local old = { { volume_id = "vol-1", size = 8, age = 1, days = 1 }, { volume_id = "vol-2", size = 8 } }
  local new = { { volume_id = "vol-1", size = 9, age = 2, days = 2 }, { volume_id = "vol-3", size = 8 } }
  unit.assert_equals(report.diff(old, new), {
    added = { new[2] },
    gone = { old[2] },
    changed = { { volume_id = "vol-1", field = "size", before = 8, after = 9 } },
  })
end

function tests.test_days_without_an_age_are_compared()
  local diff = report.diff({ { name = "backups", days = 7 } }, { { name = "backups", days = 1 } })
  unit.assert_equals(diff.changed, { { name = "backups", field = "days", before = 7, after = 1 } })
end

function tests.test_sparkline_draws_numbers()
  unit.assert_equals(report.sparkline { 1, 2, 3 }, "▁▅█")
end

return tests
