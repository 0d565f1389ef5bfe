-- expect: out of time
print(pcall(require, "pipe"))
