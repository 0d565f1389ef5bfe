-- expect: refused
print(os.execute())
