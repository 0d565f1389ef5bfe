-- expect: done
-- The reason of a failure differs for a file that is there and one that is not. That is known and no canary.
print(select(3, io.open(".aws/credentials")), select(3, io.open(".aws/absent")))
