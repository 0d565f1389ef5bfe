-- expect: refused
report.check("canary/data.csv")
