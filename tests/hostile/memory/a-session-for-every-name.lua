-- expect: any
for n = 1, math.huge do KEPT = { KEPT, aws.session { region = "region-" .. n } } end
