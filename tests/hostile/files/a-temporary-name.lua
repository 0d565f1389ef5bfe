-- expect: refused
os.tmpname()
