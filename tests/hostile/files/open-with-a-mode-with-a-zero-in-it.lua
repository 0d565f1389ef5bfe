-- expect: refused
io.open("made", "w\0r")
