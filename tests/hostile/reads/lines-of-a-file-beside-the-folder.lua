-- expect: error
for line in io.lines(".aws/credentials") do print(line) end
