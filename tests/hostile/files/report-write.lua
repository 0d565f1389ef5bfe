-- expect: refused
report.write("made.json", { 1 })
