-- expect: refused
io.popen("sh", "w"):write("touch made\n")
