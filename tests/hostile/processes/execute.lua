-- expect: refused
os.execute("touch made")
