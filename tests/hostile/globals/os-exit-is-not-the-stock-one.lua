-- expect: exit 3
os.exit(3, true)
