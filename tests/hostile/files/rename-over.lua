-- expect: refused
os.rename("hostile.lua", "canary/file")
