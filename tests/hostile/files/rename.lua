-- expect: refused
os.rename("canary/file", "made")
