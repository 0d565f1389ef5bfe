-- expect: error
task.sleep(-1)
