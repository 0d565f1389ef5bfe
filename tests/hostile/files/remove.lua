-- expect: refused
os.remove("canary/file")
