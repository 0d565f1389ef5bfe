-- expect: any
local answers = {}
for n = 1, 100000 do answers[n] = { name = ("n"):rep(200) .. n, text = "same" } end
print(#report.grouped(answers))
