-- expect: refused
report.write("canary/data.csv", { { a = 1 } })
