-- expect: refused
os.remove("canary")
