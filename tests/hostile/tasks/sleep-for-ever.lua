-- expect: any
task.sleep(math.huge)
